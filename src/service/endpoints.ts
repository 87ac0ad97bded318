/**
 * The configured endpoints of the gateway: a client and a limiter for each, over one pool of
 * connections.
 */

import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Endpoint } from '../flow/context.ts';
import type { Chance, Clock } from '../lib/clock.ts';
import { createOutbound, type OutboundClient } from '../lib/outbound/outbound.ts';
import { CALLBACKS_PATH } from '../lib/public-paths.ts';
import type { Log } from '../log.ts';
import { createGatewayClient } from '../payneteasy/client.ts';
import { createPayneteasy } from '../payneteasy/gateway.ts';
import { CALL_TIMEOUT_MS } from '../payout/model/limits.ts';
import { createLimiter, type Limiter } from '../runner/limiter.ts';
import { createRefusalBreaker, type RefusalBreaker } from '../runner/refusal-breaker.ts';
import { createCheckBreakers } from '../store/check-breakers.ts';
import type { Database } from '../store/database/pool.ts';
import type { Gateways } from './gateways.ts';

/**
 * The settings of a gateway that its hash covers: what is counted under some settings may not be
 * carried over to others. The hash is stored, and therefore keyed with the private key: without
 * that key, the control key cannot be guessed from it.
 */
type Settings = Pick<
  Config['gateway'],
  'baseUrl' | 'endpoint' | 'login' | 'controlKey' | 'privateKey'
>;

/** Covers every setting that may cause the refusal of all payout-checks. */
export function settingsHash(settings: Settings): string {
  const { baseUrl, endpoint, login, controlKey, privateKey } = settings;
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  const parts = [baseUrl, endpoint.kind, endpoint.id, login, controlKey.reveal()];
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

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
  { gateway }: Config,
  { db, clock, chance, log }: EndpointParts,
): RefusalBreaker =>
  createRefusalBreaker({
    clock,
    random: () => chance.random(),
    store: createCheckBreakers(db, {
      endpoint: gateway.endpoint.name,
      settingsHash: settingsHash(gateway),
    }),
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
  const controlKey = gateway.controlKey.reveal();
  const endpoint: ServedEndpoint = {
    name,
    client: createPayneteasy(
      createGatewayClient({
        outbound,
        baseUrl: gateway.baseUrl,
        endpoint: gateway.endpoint,
        login: gateway.login,
        controlKey,
        privateKey: gateway.privateKey,
        accept: gateway.accept,
        loginInCheck: gateway.loginInCheck,
        clock: { now: wall },
        randomHex: (count) => Buffer.from(chance.bytes(count)).toString('hex'),
      }),
      controlKey,
    ),
    limiter: createLimiter(
      { inFlightMax: gateway.maxInFlight, perSecondMax: gateway.maxPerSecond },
      clock,
      () => chance.random(),
    ),
    checks: createChecks(config, parts),
    callbackUrl: `${http.publicBaseUrl}${CALLBACKS_PATH}/${name}`,
    gateway: () => gateways.of(name),
  };
  return { byName: new Map([[name, endpoint]]), outbound };
}
