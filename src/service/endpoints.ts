/**
 * The configured endpoints of the gateway: a client and a limiter for each, over one pool of
 * connections. Which implementation the client has is decided in configured-gateway.ts.
 */

import type { Config } from '../config/config.ts';
import type { Endpoint } from '../flow/context.ts';
import type { Chance, Clock } from '../lib/clock.ts';
import { createOutbound, type OutboundClient } from '../lib/outbound/outbound.ts';
import { callbacksPath, returnsPath } from '../lib/public-paths.ts';
import type { Log } from '../log.ts';
import { CALL_TIMEOUT_MS } from '../payout/model/limits.ts';
import { createLimiter, type Limiter } from '../runner/limiter.ts';
import { createRefusalBreaker, type RefusalBreaker } from '../runner/refusal-breaker.ts';
import { createCheckBreakers } from '../store/check-breakers.ts';
import type { Database } from '../store/database/pool.ts';
import { type ConfiguredGateway, configuredGateway } from './configured-gateway.ts';
import type { Gateways } from './gateways.ts';

/** Shorter than `send_before`: a call that cannot connect is retried, not left waiting. */
const CONNECT_TIMEOUT_MS = 4000;

/** Replies are flat lists of short values; a megabyte is the page of another server. */
const BODY_BYTES_MAX = 262_144;

export type ServedEndpoint = Endpoint & { limiter: Limiter };

export type Endpoints = {
  byName: ReadonlyMap<string, ServedEndpoint>;
  outbound: OutboundClient;
};

export type EndpointParts = {
  db: Database;
  gateways: Gateways;
  /** The database's time. */
  clock: Clock;
  /** This machine's clock: the gateway compares the time in our signatures with its own. */
  wall: () => number;
  chance: Chance;
  log: Log;
};

/** The breaker of first payout-checks, shared by all replicas that have these settings. */
const createChecks = (
  endpoint: string,
  { settingsHash }: ConfiguredGateway,
  { db, clock, chance, log }: EndpointParts,
): RefusalBreaker =>
  createRefusalBreaker({
    clock,
    random: () => chance.random(),
    store: createCheckBreakers(db, { endpoint, settingsHash }),
    onError: (err) => log.warn({ err }, 'A refusal of payout-check could not be counted yet.'),
  });

export function createEndpoints(config: Config, parts: EndpointParts): Endpoints {
  const { gateways, clock, wall, chance } = parts;
  const { gateway, http } = config;
  const outbound = createOutbound({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    totalTimeoutMs: CALL_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    connectionsMax: gateway.maxInFlight,
  });
  const { name } = gateway.endpoint;
  const configured = configuredGateway(config);
  const endpoint: ServedEndpoint = {
    name,
    client: configured.connect({ outbound, wall, chance }),
    limiter: createLimiter(
      { inFlightMax: gateway.maxInFlight, perSecondMax: gateway.maxPerSecond },
      clock,
      () => chance.random(),
    ),
    checks: createChecks(name, configured, parts),
    callbackUrl: `${http.publicBaseUrl}${callbacksPath(configured.name)}/${name}`,
    returnBaseUrl: `${http.publicBaseUrl}${returnsPath(configured.name)}`,
    gateway: () => gateways.of(name),
  };
  return { byName: new Map([[name, endpoint]]), outbound };
}
