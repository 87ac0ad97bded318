/**
 * The inbox of gateway callbacks: each one once, on disk before it is answered, also where no
 * payout of ours is meant. The unique key is what the gateway says identifies a callback.
 */

import type { Queryable } from './pool.ts';

export type InboxEntry = {
  endpoint: string;
  receivedAt: number;
  payoutId: string | null;
  status: string;
  orderId: string;
  clientOrderId: string;
  type: string | null;
  amount: string | null;
  currency: string | null;
  errorCode: string | null;
  errorMessage: string | null;
};

/**
 * The gateway names status, type, orderid and client_orderid as what tells a repeat (payneteasy
 * callbacks).
 */
const dedupeKey = (entry: InboxEntry): string =>
  JSON.stringify([
    entry.endpoint,
    entry.status.toLowerCase(),
    entry.type?.toLowerCase() ?? '',
    entry.orderId,
    entry.clientOrderId,
  ]);

/** Stores a verified callback; false for one that is stored already. */
export async function addCallback(db: Queryable, entry: InboxEntry): Promise<boolean> {
  const { rows } = await db.query({
    name: 'add-callback',
    text: `insert into callbacks
      (endpoint, received_at, dedupe_key, payout_id, status, order_id, client_order_id,
       type, amount, currency, error_code, error_message)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      on conflict (dedupe_key) do nothing returning id`,
    values: [
      entry.endpoint,
      new Date(entry.receivedAt),
      dedupeKey(entry),
      entry.payoutId,
      entry.status,
      entry.orderId,
      entry.clientOrderId,
      entry.type,
      entry.amount,
      entry.currency,
      entry.errorCode,
      entry.errorMessage,
    ],
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
