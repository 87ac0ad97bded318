/**
 * Which gateways payouts were sent to, and which gateway continues the orders of another one.
 * `payneteasy/client.ts` writes an identity; `payout/policy/gateway.ts` decides what a payout of
 * another gateway may do.
 */

import type { Queryable } from './database/pool.ts';

export type KnownIdentity = {
  identity: string;
  endpoint: string;
  firstSeen: number;
  /** Payouts from before identities were stored belong to it. */
  isLegacy: boolean;
};

export type Continuation = {
  oldIdentity: string;
  newIdentity: string;
  declaredBy: string;
  declaredAt: number;
  proofPayoutId: string;
};

/**
 * Records an identity at its first start; true where it was new. The first identity of an endpoint
 * is the legacy one where payouts without an identity exist, or where an older replica may still
 * create them.
 */
export async function recordIdentity(
  db: Queryable,
  { endpoint, identity }: { endpoint: string; identity: string },
): Promise<boolean> {
  // Two first starts with different identities wait for each other here, so that the second one
  // sees the first.
  await db.query({ text: 'select from installation where id = 1 for update' });
  const { rowCount } = await db.query({
    name: 'record-gateway-identity',
    text: `insert into gateway_identities (identity, endpoint, first_seen, is_legacy)
      select $1::text, $2::text, clock_timestamp(),
        not exists (select from gateway_identities where endpoint = $2)
        and (exists (select from payouts where endpoint = $2 and gateway_identity is null)
          or exists (select from installation where not derives_order_ids))
      on conflict (identity) do nothing`,
    values: [identity, endpoint],
  });
  return rowCount === 1;
}

/** All identities, the oldest first. */
export async function listIdentities(db: Queryable): Promise<KnownIdentity[]> {
  const { rows } = await db.query<{
    identity: string;
    endpoint: string;
    first_seen: Date;
    is_legacy: boolean;
  }>({
    name: 'list-gateway-identities',
    text: `select identity, endpoint, first_seen, is_legacy from gateway_identities
      order by first_seen, identity`,
  });
  return rows.map((row) => ({
    identity: row.identity,
    endpoint: row.endpoint,
    firstSeen: row.first_seen.getTime(),
    isLegacy: row.is_legacy,
  }));
}

/** All declarations that an identity continues the orders of another one. */
export async function listContinuations(db: Queryable): Promise<Continuation[]> {
  const { rows } = await db.query<{
    old_identity: string;
    new_identity: string;
    declared_by: string;
    declared_at: Date;
    proof_payout_id: string;
  }>({
    name: 'list-gateway-continuations',
    text: `select old_identity, new_identity, declared_by, declared_at, proof_payout_id
      from gateway_continuations order by declared_at, old_identity`,
  });
  return rows.map((row) => ({
    oldIdentity: row.old_identity,
    newIdentity: row.new_identity,
    declaredBy: row.declared_by,
    declaredAt: row.declared_at.getTime(),
    proofPayoutId: row.proof_payout_id,
  }));
}

/**
 * Counts open payouts by their identity; null stands for payouts from before identities were
 * stored.
 */
export async function countOpenByIdentity(
  db: Queryable,
  endpoint: string,
): Promise<{ identity: string | null; count: number }[]> {
  const { rows } = await db.query<{ identity: string | null; count: number }>({
    name: 'count-open-by-identity',
    text: `select gateway_identity as identity, count(*)::int as count from payouts
      where finalized_at is null and endpoint = $1 group by 1 order by 2 desc`,
    values: [endpoint],
  });
  return rows;
}

/** The newest payouts of an identity that have an order, and so can prove a continuation. */
export async function findKnownOrders(
  db: Queryable,
  { identity, isLegacy }: { identity: string; isLegacy: boolean },
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'find-known-orders',
    text: `select id from payouts
      where order_id is not null
        and (gateway_identity = $1 or ($2 and gateway_identity is null))
      order by created_at desc, id desc limit $3`,
    values: [identity, isLegacy, limit],
  });
  return rows.map(({ id }) => id);
}

/**
 * Stores a declaration with the payout that proves it; a later declaration replaces the earlier
 * one.
 */
export async function declareContinuation(
  db: Queryable,
  { oldIdentity, newIdentity, declaredBy, proofPayoutId }: Omit<Continuation, 'declaredAt'>,
): Promise<void> {
  await db.query({
    name: 'declare-continuation',
    text: `insert into gateway_continuations
        (old_identity, new_identity, declared_by, declared_at, proof_payout_id)
      values ($1, $2, $3, clock_timestamp(), $4)
      on conflict (old_identity) do update
        set new_identity = excluded.new_identity, declared_by = excluded.declared_by,
          declared_at = excluded.declared_at, proof_payout_id = excluded.proof_payout_id`,
    values: [oldIdentity, newIdentity, declaredBy, proofPayoutId],
  });
}

/** The identities whose orders this one continues, through any number of declarations. */
export function continuedBy(identity: string, continuations: readonly Continuation[]): string[] {
  const continued = new Set<string>();
  const visit = (current: string): void => {
    for (const { oldIdentity, newIdentity } of continuations) {
      if (newIdentity !== current || continued.has(oldIdentity)) continue;
      if (oldIdentity === identity) continue;
      continued.add(oldIdentity);
      visit(oldIdentity);
    }
  };
  visit(identity);
  return [...continued];
}
