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

/** Shorter than `send_before`: a call that cannot connect is tried again, not left waiting. */
const CONNECT_TIMEOUT_MS = 4000;

/** Replies are flat lists of short values; a megabyte is somebody else's page. */
const BODY_BYTES_MAX = 262_144;

export type ServedEndpoint = Endpoint & { gate: Gate };

export type Endpoints = {
  byName: ReadonlyMap<string, ServedEndpoint>;
  outbound: OutboundClient;
};

export function createEndpoints(config: Config, clock: Clock, chance: Chance): Endpoints {
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
      clock,
      randomHex: (count) => Buffer.from(chance.bytes(count)).toString('hex'),
    }),
    gate: createGate(
      { inFlightMax: gateway.maxInFlight, perSecondMax: gateway.maxPerSecond },
      clock,
      () => chance.random(),
    ),
    checks: createBrake(clock, () => chance.random()),
    controlKey: gateway.controlKey.reveal(),
    gateway: () => ({ identity: gateway.baseUrl, continues: [], isLegacy: true }),
    callbackUrl: `${http.publicBaseUrl}/callbacks/payneteasy/${name}`,
  };
  return { byName: new Map([[name, endpoint]]), outbound };
}
