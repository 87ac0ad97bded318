/**
 * Finds payouts by their own id, by the platform's reference and by the gateway's ids.
 */

import type { Queryable } from '../database/pool.ts';
import {
  type RawRow,
  readList,
  type ShownPayout,
  type StoredPayout,
  toShownPayout,
  toStoredPayout,
} from './rows.ts';

/** The row that a prepared statement finds, not parsed yet. */
async function findRow(
  db: Queryable,
  name: string,
  where: string,
  values: unknown[],
): Promise<RawRow | null> {
  const { rows } = await db.query({
    name,
    text: `select ${readList('payouts')} from payouts where ${where}`,
    values,
  });
  return rows[0] ?? null;
}

async function findOne(...finding: Parameters<typeof findRow>): Promise<StoredPayout | null> {
  const row = await findRow(...finding);
  return row === null ? null : toStoredPayout(row);
}

export const findPayout = (db: Queryable, payoutId: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout', 'id = $1', [payoutId]);

/** A payout by its id or its reference, for a caller that only shows it. */
export async function findShown(db: Queryable, typed: string): Promise<ShownPayout | null> {
  const row =
    (await findRow(db, 'find-payout', 'id = $1', [typed])) ??
    (await findRow(db, 'find-payout-by-reference', 'reference = $1', [typed]));
  return row === null ? null : toShownPayout(row);
}

/**
 * The rows of several ids in their order, not parsed yet: a row that cannot be read must fail only
 * the caller that requested it.
 */
export async function findRows(
  db: Queryable,
  payoutIds: readonly string[],
): Promise<readonly (RawRow | null)[]> {
  const { rows } = await db.query<RawRow & { id: string }>({
    name: 'find-payouts',
    text: `select ${readList('payouts')} from payouts where id = any($1)`,
    values: [payoutIds],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  return payoutIds.map((id) => found.get(id) ?? null);
}

/** The same by client_orderid. A payout from before these ids has its own id as one. */
export async function findRowsByClientOrder(
  db: Queryable,
  clientOrderIds: readonly string[],
): Promise<readonly (RawRow | null)[]> {
  const { rows } = await db.query<RawRow & { id: string; client_order_id: string | null }>({
    name: 'find-payouts-by-client-order',
    text: `select ${readList('payouts')} from payouts
      where client_order_id = any($1) or (id = any($1) and client_order_id is null)`,
    values: [clientOrderIds],
  });
  const found = new Map(rows.map((row) => [row.client_order_id ?? row.id, row]));
  return clientOrderIds.map((id) => found.get(id) ?? null);
}

export const findByReference = (db: Queryable, reference: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout-by-reference', 'reference = $1', [reference]);

/** The same, locked against every other writer until the transaction ends. */
export const lockByReference = (db: Queryable, reference: string): Promise<StoredPayout | null> =>
  findOne(db, 'lock-payout-by-reference', 'reference = $1 for no key update', [reference]);

export const findByIdempotencyKey = (
  db: Queryable,
  apiKeyName: string,
  idempotencyKey: string,
): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout-by-key', 'api_key_name = $1 and idempotency_key = $2', [
    apiKeyName,
    idempotencyKey,
  ]);

/**
 * An order that the gateway is known to have, polled as a reference next to polls of unknown
 * orders.
 */
export type KnownOrder = { payoutId: string; clientOrderId: string; orderId: string };

/** The newest payout with an order of this gateway; null where there is none. */
export async function findKnownOrder(
  db: Queryable,
  endpoint: string,
  identity: string,
): Promise<KnownOrder | null> {
  const { rows } = await db.query<KnownOrder>({
    name: 'find-known-order',
    text: `select id as "payoutId", coalesce(client_order_id, id) as "clientOrderId",
        order_id as "orderId"
      from payouts
      where order_id is not null and endpoint = $1 and gateway_identity = $2
      order by created_at desc, id desc limit 1`,
    values: [endpoint, identity],
  });
  return rows[0] ?? null;
}
