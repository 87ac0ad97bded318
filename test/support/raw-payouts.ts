/**
 * Rows of the payouts table written by hand, for tests of what concerns rows and not payouts.
 */

import { randomBytes } from 'node:crypto';
import type { TestDatabase } from './database.ts';

export type RawPayout = {
  id: string;
  status: string;
  revision: number;
  version: number;
  dueAt: Date | null;
  epoch: number;
  orderId: string | null;
  gatewayIdentity: string | null;
  tracking: object;
};

/** An id of the form that ours have. */
export const rawPayoutId = (): string =>
  `po_${randomBytes(26).toString('hex').slice(0, 26).replaceAll('a', 'h')}`;

/** Writes one entry of a payout's journal and answers its time, in milliseconds since 1970. */
export async function putRawEvent(
  database: Pick<TestDatabase, 'query'>,
  payoutId: string,
  at: number = Date.now(),
): Promise<number> {
  await database.query(
    `insert into payout_events (payout_id, at, kind, version, status, says, data)
      values ($1, $2, 'held', 1, 'requested', 'Something happened.', '{}')`,
    [payoutId, new Date(at)],
  );
  return at;
}

/** Writes one row and answers its id. */
export async function putRawPayout(
  database: Pick<TestDatabase, 'query'>,
  changes: Partial<RawPayout> = {},
): Promise<string> {
  const {
    id = rawPayoutId(),
    status = 'requested',
    revision = 1,
    version = 1,
    dueAt = new Date(Date.now() + 3_600_000),
    epoch = 1,
    orderId = null,
    gatewayIdentity = null,
    tracking = {},
  } = changes;
  const isFinal = ['approved', 'declined', 'canceled', 'rejected', 'expired'].includes(status);
  await database.query(
    `insert into payouts (id, reference, api_key_name, idempotency_key, fingerprint, endpoint,
        release, amount_minor, currency, receiver, status, status_since, money_moved, finalized_at,
        memory, version, revision, due_at, created_at, updated_at, epoch, order_id,
        gateway_identity)
      values ($1, $1, 'test', $1, 'k:00', 'default', 'automatic', 1000, 'EUR', 'sealed', $2, now(),
        'no', case when $3 then now() end, $4, $5, $6, $7, now(), now(), $8, $9, $10)`,
    // biome-ignore format: in the order of the columns.
    [id, status, isFinal, tracking, version, revision, dueAt, epoch, orderId, gatewayIdentity],
  );
  return id;
}
