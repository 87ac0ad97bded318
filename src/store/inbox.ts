/**
 * The inbox of gateway callbacks: each one once, on disk before it is answered, also where no
 * payout of ours is meant. The unique key is what the gateway says identifies a callback. One that
 * is about a payout is stored by the save of that payout.
 */

import { createHash } from 'node:crypto';
import type { Queryable } from './pool.ts';

export type InboxEntry = {
  endpoint: string;
  receivedAt: number;
  status: string;
  orderId: string;
  clientOrderId: string;
  type: string | null;
  amount: string | null;
  currency: string | null;
  errorCode: string | null;
  errorMessage: string | null;
};

/** An index entry takes 2700 bytes at most, and a `type`, which nobody has signed, 2048 letters. */
const KEY_CHARS_MAX = 500;

/**
 * The gateway names status, type, orderid and client_orderid as what tells a repeat (payneteasy
 * callbacks).
 */
function dedupeKey(entry: InboxEntry): string {
  const key = JSON.stringify([
    entry.endpoint,
    entry.status.toLowerCase(),
    entry.type?.toLowerCase() ?? '',
    entry.orderId,
    entry.clientOrderId,
  ]);
  if (key.length <= KEY_CHARS_MAX) return key;
  return createHash('sha256').update(key).digest('hex');
}

/** The columns of a callback but its payout's, with their types. */
export const callbackColumns = [
  ['endpoint', 'text'],
  ['received_at', 'timestamptz'],
  ['dedupe_key', 'text'],
  ['status', 'text'],
  ['order_id', 'text'],
  ['client_order_id', 'text'],
  ['type', 'text'],
  ['amount', 'text'],
  ['currency', 'text'],
  ['error_code', 'text'],
  ['error_message', 'text'],
] as const;

type CallbackRow = Record<(typeof callbackColumns)[number][0], unknown>;

export const toCallbackRow = (entry: InboxEntry): CallbackRow => ({
  endpoint: entry.endpoint,
  received_at: new Date(entry.receivedAt),
  dedupe_key: dedupeKey(entry),
  status: entry.status,
  order_id: entry.orderId,
  client_order_id: entry.clientOrderId,
  type: entry.type,
  amount: entry.amount,
  currency: entry.currency,
  error_code: entry.errorCode,
  error_message: entry.errorMessage,
});

/** Stores a verified callback about no payout of ours; false for one that is stored already. */
export async function addStrayCallback(db: Queryable, entry: InboxEntry): Promise<boolean> {
  const row = toCallbackRow(entry);
  const { rows } = await db.query({
    name: 'add-stray-callback',
    text: `insert into callbacks (${callbackColumns.map(([name]) => name).join(', ')})
      values (${callbackColumns.map((_, index) => `$${index + 1}`).join(', ')})
      on conflict (dedupe_key) do nothing returning id`,
    values: callbackColumns.map(([name]) => row[name]),
  });
  return rows.length === 1;
}

/** A verified callback that names an order we know nothing of. */
export type StrayCallback = Pick<
  InboxEntry,
  'endpoint' | 'receivedAt' | 'status' | 'orderId' | 'clientOrderId' | 'type'
>;

export async function countStrayCallbacks(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'count-stray-callbacks',
    text: 'select count(*)::int as count from callbacks where payout_id is null',
  });
  return rows[0]?.count ?? 0;
}

/** The last of them, the newest first. */
export async function lastStrayCallbacks(db: Queryable, limit: number): Promise<StrayCallback[]> {
  type Row = Omit<StrayCallback, 'receivedAt'> & { received_at: Date };
  const { rows } = await db.query<Row>({
    name: 'last-stray-callbacks',
    text: `select received_at, endpoint, status, order_id as "orderId",
        client_order_id as "clientOrderId", type
      from callbacks where payout_id is null order by id desc limit $1`,
    values: [limit],
  });
  return rows.map(({ received_at, ...rest }) => ({ ...rest, receivedAt: received_at.getTime() }));
}
