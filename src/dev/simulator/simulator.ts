/**
 * A fake Payneteasy gateway with a bank behind it, for development, demos and tests. This file is
 * the only one that wires its parts. It imports nothing from the service, so that no bug can hide
 * on both sides, and stores everything in memory.
 */

import Fastify, { type FastifyInstance } from 'fastify';
import { createBank } from './bank/bank.ts';
import { type BehaviourPatch, createBehaviour } from './behaviour.ts';
import { createBoundedLog } from './bounded-log.ts';
import { createControl, type SimulatorControl } from './control.ts';
import { addControlRoutes, explainErrors } from './control-routes.ts';
import { parseForm } from './form.ts';
import { createCallbacks } from './gateway/callbacks.ts';
import { addFormRoutes } from './gateway/form-routes.ts';
import { createCommands } from './gateway/gateway-commands.ts';
import { addGatewayRoutes, type ReceivedRequest } from './gateway/gateway-routes.ts';
import { createNonceMemory } from './gateway/nonce-memory.ts';
import { createOauthCheck } from './gateway/oauth-check.ts';
import { createMerchants, type MerchantOptions } from './merchants.ts';
import { createFakePlatform } from './platform/platform.ts';
import { addPlatformRoutes } from './platform/platform-routes.ts';
import { createTimers } from './timers.ts';

/** A payout-check with every field at its longest stays below 8 KB; a list of faults below this. */
const BODY_BYTES_MAX = 65_536;

/** Ends idle sockets, among them those that a `hang` fault left open. */
const IDLE_SOCKET_MS = 120_000;

const REQUESTS_KEPT_MAX = 50_000;

export interface SimulatorOptions {
  readonly merchants: readonly MerchantOptions[];
  /** Initial deviations from the defaults: delays, switches, faults. */
  readonly behaviour?: BehaviourPatch;
  /** The address for a browser, for redirect-to; by default the one that the caller used. */
  readonly publicUrl?: string;
  /** `whsec_…`: the platform checks signatures with it; by default it checks none. */
  readonly webhookSecret?: string;
  /** Milliseconds since 1970; orders move by this time. */
  readonly clock?: () => number;
}

export interface Simulator {
  /**
   * Resolves with the address; the gateway's base URL is that and `/paynet`. Port 0: any free one.
   */
  listen(address: { host: string; port: number }): Promise<{ url: string }>;
  close(): Promise<void>;
  readonly control: SimulatorControl;
}

/** @throws Error when a merchant's public key or a field of the behaviour cannot be used. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const clock = options.clock ?? Date.now;
  const timers = createTimers();
  const merchants = createMerchants(options.merchants);
  const behaviour = createBehaviour(options.behaviour ?? {});
  const requests = createBoundedLog<ReceivedRequest>(REQUESTS_KEPT_MAX);
  const callbacks = createCallbacks({ clock, timers, behaviour, merchants });
  const bank = createBank({ clock, timers, behaviour, onEnd: callbacks.orderEnded });
  const checkOauth = createOauthCheck({ merchants, nonces: createNonceMemory(clock), clock });
  const commands = createCommands({ merchants, bank, behaviour, checkOauth, clock });
  const webhookSecret = options.webhookSecret ?? null;
  const platform = createFakePlatform({ clock, behaviour, webhookSecret });
  const control = createControl({ bank, callbacks, behaviour, requests, platform });

  const app = createApp();
  const publicUrl = options.publicUrl ?? null;
  addGatewayRoutes(app, { commands, behaviour, requests, clock, publicUrl });
  addFormRoutes(app, { bank, merchants });
  addPlatformRoutes(app, { platform, behaviour, timers });
  addControlRoutes(app, control);

  return {
    listen: async (address) => ({ url: await app.listen(address) }),
    async close() {
      timers.clear();
      callbacks.close();
      await app.close();
    },
    control,
  };
}

function createApp(): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    connectionTimeout: IDLE_SOCKET_MS,
    forceCloseConnections: true,
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, parseForm(body.toString())),
  );
  explainErrors(app);
  return app;
}
