/**
 * The configured endpoints of the gateway: a client and a gate for each, over one pool of
 * connections.
 */

import type { Config } from '../config.ts';
import type { Endpoint } from '../flow/flow.ts';
import type { Chance, Clock } from '../lib/clock.ts';
import { createOutbound, type OutboundClient } from '../lib/outbound.ts';
import { CALL_TIMEOUT_MS } from '../payout/limits.ts';
import { createGatewayClient } from '../payneteasy/client.ts';
import { createBrake } from '../runner/brake.ts';
import { createGate, type Gate } from '../runner/gate.ts';
import type { Gateways } from './gateways.ts';

/** Shorter than `send_before`: a call that cannot connect is tried again, not left waiting. */
const CONNECT_TIMEOUT_MS = 4000;

/** Replies are flat lists of short values; a megabyte is somebody else's page. */
const BODY_BYTES_MAX = 262_144;

export type ServedEndpoint = Endpoint & { gate: Gate };

export type Endpoints = {
  byName: ReadonlyMap<string, ServedEndpoint>;
  outbound: OutboundClient;
};

/**
 * `clock` is the database's time; `wall` is this machine's, since the gateway compares the time in
 * our signatures with its own.
 */
export function createEndpoints(
  config: Config,
  gateways: Gateways,
  clock: Clock,
  wall: () => number,
  chance: Chance,
): Endpoints {
  const { gateway, http } = config;
  const outbound = createOutbound({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    totalTimeoutMs: CALL_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    connectionsMax: gateway.maxInFlight,
  });
  const { name } = gateway.endpoint;
  const endpoint: ServedEndpoint = {
    name,
    client: createGatewayClient({
      outbound,
      baseUrl: gateway.baseUrl,
      endpoint: gateway.endpoint,
      login: gateway.login,
      controlKey: gateway.controlKey.reveal(),
      privateKey: gateway.privateKey,
      accept: gateway.accept,
      loginInCheck: gateway.loginInCheck,
      clock: { now: wall },
      randomHex: (count) => Buffer.from(chance.bytes(count)).toString('hex'),
    }),
    gate: createGate(
      { inFlightMax: gateway.maxInFlight, perSecondMax: gateway.maxPerSecond },
      clock,
      () => chance.random(),
    ),
    checks: createBrake(clock, () => chance.random()),
    controlKey: gateway.controlKey.reveal(),
    callbackUrl: `${http.publicBaseUrl}/callbacks/payneteasy/${name}`,
    gateway: () => gateways.of(name),
  };
  return { byName: new Map([[name, endpoint]]), outbound };
}
