/**
 * The real gateway client towards the simulated gateway, on a clock that only a test moves: each
 * call takes 20 ms of it, and a test may step in just before the bytes leave and just after the
 * answer came.
 */

import { createPrivateKey } from 'node:crypto';
import { SANDBOX_ENDPOINT_ID, SANDBOX_LOGIN } from '../../src/dev/sandbox/sandbox.ts';
import type { SandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import type { Endpoint } from '../../src/flow/context.ts';
import { systemChance } from '../../src/lib/clock.ts';
import { createOutbound, type OutboundClient } from '../../src/lib/outbound/outbound.ts';
import { createGatewayClient } from '../../src/payneteasy/client.ts';
import { createPayneteasy } from '../../src/payneteasy/gateway.ts';
import { createLimiter, type Limiter } from '../../src/runner/limiter.ts';
import {
  createRefusalBreaker,
  type RefusalBreaker,
  type RefusalStore,
} from '../../src/runner/refusal-breaker.ts';
import type { ManualClock } from './manual-clock.ts';
import { createMemoryBreakerStore } from './memory-breaker-store.ts';
import { TEST_GATEWAY } from './undisturbed.ts';

export type Command = 'payout-check' | 'payout-pay' | 'status';

/** What a test does in the middle of a call; both parts may be left out. */
export type DuringCall = {
  beforeBytes?: (command: Command) => void | Promise<void>;
  afterAnswer?: (command: Command) => void | Promise<void>;
};

export type DrivenEndpoint = {
  endpoint: Endpoint & { limiter: Limiter };
  /** Empty at first; a test sets what it needs. */
  during: DuringCall;
  close(): Promise<void>;
};

export const ENDPOINT = 'default';
const HALF_CALL_MS = 10;

const commandOf = (url: string): Command => {
  if (url.includes('/payout-check/')) return 'payout-check';
  return url.includes('/payout-pay/') ? 'payout-pay' : 'status';
};

function onClock(outbound: OutboundClient, clock: ManualClock, during: DuringCall) {
  const send: OutboundClient['send'] = async (request) => {
    const command = commandOf(String(request.url));
    await during.beforeBytes?.(command);
    clock.advance(HALF_CALL_MS);
    const answer = await outbound.send(request);
    clock.advance(HALF_CALL_MS);
    await during.afterAnswer?.(command);
    return answer;
  };
  return { send };
}

export type DrivenEndpointOptions = {
  secrets: SandboxSecrets;
  simulatorUrl: string;
  clock: ManualClock;
  /** Real time: the simulated gateway answers immediately, resets the connection, or hangs. */
  callTimeoutMs: number;
  /** What refusals are counted in; memory where nothing is said. */
  breakerStore?: RefusalStore;
  /** Calls per second; more than any test makes where nothing is said. */
  perSecondMax?: number;
};

/** A breaker as a process that has just started has it. */
export const startBreaker = (clock: ManualClock, store: RefusalStore): RefusalBreaker =>
  createRefusalBreaker({
    clock,
    random: () => 0.5,
    store,
    onError: (error) => {
      throw error;
    },
  });

export function createDrivenEndpoint({
  secrets,
  simulatorUrl,
  clock,
  callTimeoutMs,
  breakerStore = createMemoryBreakerStore(),
  perSecondMax = 200,
}: DrivenEndpointOptions): DrivenEndpoint {
  const outbound = createOutbound({
    connectTimeoutMs: callTimeoutMs,
    totalTimeoutMs: callTimeoutMs,
    bodyBytesMax: 262_144,
    connectionsMax: 20,
  });
  const during: DuringCall = {};
  const client = createGatewayClient({
    outbound: onClock(outbound, clock, during),
    baseUrl: `${simulatorUrl}/paynet`,
    endpoint: { kind: 'endpoint', id: SANDBOX_ENDPOINT_ID },
    login: SANDBOX_LOGIN,
    controlKey: secrets.controlKey,
    privateKey: createPrivateKey(secrets.privateKeyPem),
    accept: 'form',
    loginInCheck: false,
    clock,
    randomHex: (count) => Buffer.from(systemChance.bytes(count)).toString('hex'),
  });
  const endpoint = {
    name: ENDPOINT,
    client: createPayneteasy(client, secrets.controlKey),
    limiter: createLimiter({ inFlightMax: 20, perSecondMax }, clock, () => 0.5),
    checks: startBreaker(clock, breakerStore),
    // No process listens there: callbacks are handed in by the tests.
    gateway: () => TEST_GATEWAY,
    callbackUrl: 'http://127.0.0.1:9/callbacks/payneteasy/default',
    returnBaseUrl: 'http://127.0.0.1:9/returns/payneteasy',
  };
  return { endpoint, during, close: () => outbound.close() };
}
