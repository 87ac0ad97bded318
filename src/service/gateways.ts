/**
 * The gateways that this process is configured for, by endpoint: their identities, and the gateways
 * whose orders they continue. It records them at the start, and logs by name which open payouts
 * belong to other gateways.
 */

import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { GatewayContext } from '../payout/model/decision.ts';
import { isOfGateway } from '../payout/policy/gateway.ts';
import type { Database, Queryable } from '../store/database/pool.ts';
import {
  type Continuation,
  continuedBy,
  countOpenByIdentity,
  type KnownIdentity,
  listContinuations,
  listIdentities,
  recordIdentity,
} from '../store/gateway-identities.ts';
import { makeReturnedDue } from '../store/payouts/due-times.ts';
import { configuredGateway } from './configured-gateway.ts';

export type Gateways = {
  of(endpoint: string): GatewayContext;
  /** Reads continuations declared since; done at each heartbeat. */
  refresh(db: Queryable): Promise<void>;
  /** Records the identities of a service at its start, and logs what they mean for open payouts. */
  start(db: Database, log: Log): Promise<void>;
};

/**
 * What this identity means for payouts of the endpoint: the gateways whose orders it continues, and
 * whether payouts from before identities were stored belong to it.
 */
export function contextOfGateway(
  endpoint: string,
  identity: string,
  known: readonly KnownIdentity[],
  continuations: readonly Continuation[],
): GatewayContext {
  const continues = continuedBy(identity, continuations);
  const isOurs = (one: string): boolean => one === identity || continues.includes(one);
  // Of its own endpoint: payouts without an identity carry their endpoint's name.
  const isLegacy = known.some(
    (one) => one.isLegacy && one.endpoint === endpoint && isOurs(one.identity),
  );
  return { identity, continues, isLegacy };
}

/** Logs by name how many open payouts belong to gateways other than this one. */
async function logOthers(
  db: Queryable,
  log: Log,
  endpoint: string,
  gateway: GatewayContext,
): Promise<void> {
  for (const found of await countOpenByIdentity(db, endpoint)) {
    const { count } = found;
    if (isOfGateway(found.identity, gateway)) continue;
    const other = found.identity === null ? 'the gateway of the first start' : found.identity;
    log.error(
      { endpoint, count, attention: 'other_gateway' },
      `${count} open payouts belong to another gateway (${other}) than the configured one ` +
        `(${gateway.identity}): nothing is sent for them, and nothing is believed about them.`,
    );
  }
}

/** Heartbeats, of 2 s each, between two searches for payouts that other replicas put off. */
const RETURNED_EVERY = 15;

/** `identities` by the endpoints' names. */
export function createGateways(identities: ReadonlyMap<string, string>): Gateways {
  let contexts = new Map<string, GatewayContext>(
    [...identities].map(([endpoint, identity]) => [
      endpoint,
      { identity, continues: [], isLegacy: false },
    ]),
  );
  /** The contexts for which payouts were made due; where that failed, the next refresh does it. */
  const handled = new Map(contexts);

  let rounds = 0;

  const of = (endpoint: string): GatewayContext => {
    const context = contexts.get(endpoint);
    if (context === undefined) throw new Error(`the endpoint ${endpoint} has no gateway`);
    return context;
  };

  const refresh = async (db: Queryable): Promise<void> => {
    rounds += 1;
    const continuations = await listContinuations(db);
    const known = await listIdentities(db);
    // First, since payouts that are made due are judged by these contexts immediately.
    contexts = new Map(
      [...identities].map(([endpoint, identity]) => [
        endpoint,
        contextOfGateway(endpoint, identity, known, continuations),
      ]),
    );
    for (const [endpoint, context] of contexts) {
      const { identity, continues, isLegacy } = context;
      const last = handled.get(endpoint);
      const isMore =
        continues.length > (last?.continues.length ?? 0) || isLegacy !== last?.isLegacy;
      // Otherwise these payouts would continue only at their next hourly poll. Repeated now and
      // then in any case: a replica with a wrong setting may have put them off since.
      if (isMore || rounds % RETURNED_EVERY === 0)
        await makeReturnedDue(db, endpoint, { identities: [identity, ...continues], isLegacy });
      handled.set(endpoint, context);
    }
  };

  const start = async (db: Database, log: Log): Promise<void> => {
    for (const [endpoint, identity] of identities) {
      const isNew = await db.transaction((inside) =>
        recordIdentity(inside, { endpoint, identity }),
      );
      await refresh(db);
      const { continues, isLegacy } = of(endpoint);
      await makeReturnedDue(db, endpoint, { identities: [identity, ...continues], isLegacy });
      const sentence = `The gateway is ${identity}.`;
      if (!isNew) log.info({ endpoint }, sentence);
      else if (of(endpoint).isLegacy) {
        const legacy = 'Payouts from before gateways were recorded belong to it from now on.';
        log.warn({ endpoint }, `${sentence} ${legacy}`);
      } else log.info({ endpoint }, `${sentence} It is recorded.`);
      await logOthers(db, log, endpoint, of(endpoint));
    }
  };

  return { of, refresh, start };
}

/** The gateways that are configured. */
export const configuredGateways = (config: Config): Gateways =>
  createGateways(new Map([[config.gateway.endpoint.name, configuredGateway(config).identity]]));
