/**
 * Finds payouts, by the ids that others know them by.
 */

import type { Queryable } from './pool.ts';
import { type StoredPayout, toStoredPayout } from './rows.ts';

async function findOne(
  db: Queryable,
  name: string,
  where: string,
  values: unknown[],
): Promise<StoredPayout | null> {
  const { rows } = await db.query({
    name,
    text: `select * from payouts where ${where}`,
    values,
  });
  return rows[0] === undefined ? null : toStoredPayout(rows[0]);
}

export const findPayout = (db: Queryable, payoutId: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout', 'id = $1', [payoutId]);

/**
 * The rows of several, in turn, not read yet: one that cannot be read must fail nobody but whoever
 * asked for it.
 */
export async function findRows(
  db: Queryable,
  payoutIds: readonly string[],
): Promise<readonly (object | null)[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'find-payouts',
    text: 'select * from payouts where id = any($1)',
    values: [payoutIds],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  return payoutIds.map((id) => found.get(id) ?? null);
}

/**
 * The same by the ids that the gateway knows them by. A payout from before these ids is known by
 * its own.
 */
export async function findRowsByClientOrder(
  db: Queryable,
  clientOrderIds: readonly string[],
): Promise<readonly (object | null)[]> {
  const { rows } = await db.query<{ id: string; client_order_id: string | null }>({
    name: 'find-payouts-by-client-order',
    text: `select * from payouts
      where client_order_id = any($1) or (id = any($1) and client_order_id is null)`,
    values: [clientOrderIds],
  });
  const found = new Map(rows.map((row) => [row.client_order_id ?? row.id, row]));
  return clientOrderIds.map((id) => found.get(id) ?? null);
}

export const findByReference = (db: Queryable, reference: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout-by-reference', 'reference = $1', [reference]);

/** The same, kept from every other writer until the transaction ends. */
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
