/**
 * The notifier of this replica, with a client over connections of its own where the platform's
 * address is configured; the dialect of the platform; and the routes of its cashier. No other file
 * of the service knows an implementation of the platform's port (src/praxis).
 */

import type { Config } from '../config/config.ts';
import type { AppContext } from '../flow/context.ts';
import type { Dialect, PlatformClient } from '../flow/platform/dialect.ts';
import type { AppDeps } from '../http/app.ts';
import { registerUpdatePayout } from '../http/routes/update-payout.ts';
import { createOutbound, type OutboundClient } from '../lib/outbound/outbound.ts';
import { createPlatformClient } from '../praxis/client.ts';
import { praxisDialect } from '../praxis/dialect.ts';
import { BODY_MAX_BYTES } from '../praxis/flat-json.ts';
import { createNotifier, NOTIFICATIONS_IN_FLIGHT_MAX } from './notifier.ts';

export type Platform = {
  start(): void;
  wake(delayMs: number): void;
  /** Waits for the notifications in flight. */
  close(): Promise<void>;
};

/** Praxis advises 5 s and 30 s for the sending side. */
const CONNECT_TIMEOUT_MS = 5000;
const TOTAL_TIMEOUT_MS = 30_000;

type Configured = Config['notify']['platform'];

/**
 * The protocol of the platform; there is one. A body is stored with its change and may be sent by
 * another replica, so a choice would have to be a value of the installation.
 */
export const configuredDialect = (_notify: Config['notify']): Dialect => praxisDialect;

/** The routes at which the cashier calls, in the same dialect. */
export const cashierRoutes =
  ({ cashier }: Config): AppDeps['registerCashier'] =>
  (server, app) =>
    registerUpdatePayout(server, app, {
      ...cashier,
      basicAuth: cashier.basicAuth?.reveal() ?? null,
    });

const openOutbound = (): OutboundClient =>
  createOutbound({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    totalTimeoutMs: TOTAL_TIMEOUT_MS,
    bodyBytesMax: BODY_MAX_BYTES,
    connectionsMax: NOTIFICATIONS_IN_FLIGHT_MAX,
  });

const clientOf = (
  { url, secrets, authorization }: Extract<Configured, { kind: 'address' }>,
  outbound: OutboundClient,
  wall: AppContext['wall'],
): PlatformClient =>
  createPlatformClient({
    outbound,
    url,
    secrets: secrets.map((secret) => secret.reveal()),
    authorization: authorization?.reveal() ?? null,
    // The platform compares the time in our signature with its own clock.
    clock: { now: wall },
  });

/** Delivers the notifications that the flow writes, or skips them where none are wanted. */
export function createPlatform(app: AppContext, configured: Configured): Platform {
  const outbound = configured.kind === 'address' ? openOutbound() : null;
  const client =
    configured.kind === 'address' && outbound !== null
      ? clientOf(configured, outbound, app.wall)
      : null;
  const notifier = createNotifier(app, client);
  return {
    start: () => notifier.start(),
    wake: (delayMs) => notifier.wake(delayMs),
    close: async () => {
      await notifier.drain();
      await outbound?.close();
    },
  };
}
