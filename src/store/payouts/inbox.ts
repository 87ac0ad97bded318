/**
 * The inbox of what the gateway signed: callbacks, and the receiver's returns. Each signed text
 * once, on disk before it is answered, also where no payout of ours is meant. One that is about a
 * payout is stored by the save of that payout. Nothing that is not signed is kept, but the type as
 * one short word.
 */

import { isLaterEvent } from '../../payout/model/reply.ts';
import type { Queryable } from '../database/pool.ts';

export type InboxEntry = {
  source: 'callback' | 'return';
  endpoint: string;
  receivedAt: number;
  status: string;
  orderId: string;
  clientOrderId: string;
  /** Never signed, and so no part of what tells a repeat. */
  type: string | null;
};

/**
 * What tells a repeat, of bounded length by the forms of its parts. The gateway also names the type
 * as a part of it (payneteasy callbacks), but whoever holds one signed query string can write any:
 * only whether it claims a later event counts, so that a chargeback is no repeat of the end.
 */
export const dedupeKey = (
  entry: Pick<InboxEntry, 'source' | 'endpoint' | 'status' | 'orderId' | 'clientOrderId' | 'type'>,
): string =>
  JSON.stringify([
    ...(entry.source === 'callback' ? [] : [entry.source]),
    entry.endpoint,
    entry.status.toLowerCase(),
    entry.orderId,
    entry.clientOrderId,
    ...(isLaterEvent(entry.type) ? ['later'] : []),
  ]);

/** The columns of an entry but its payout's, with their types. */
export const callbackColumns = [
  ['source', 'text'],
  ['endpoint', 'text'],
  ['received_at', 'timestamptz'],
  ['dedupe_key', 'text'],
  ['status', 'text'],
  ['order_id', 'text'],
  ['client_order_id', 'text'],
  ['type', 'text'],
] as const;

type CallbackRow = Record<(typeof callbackColumns)[number][0], unknown>;

export const toCallbackRow = (entry: InboxEntry): CallbackRow => ({
  source: entry.source,
  endpoint: entry.endpoint,
  received_at: new Date(entry.receivedAt),
  dedupe_key: dedupeKey(entry),
  status: entry.status,
  order_id: entry.orderId,
  client_order_id: entry.clientOrderId,
  type: entry.type,
});

/**
 * Stores an entry that changes no payout: it is about none of ours, or brings nothing new about
 * this one. False for one that is stored already.
 */
export async function addInboxEntry(
  db: Queryable,
  entry: InboxEntry,
  payoutId: string | null,
): Promise<boolean> {
  const row = toCallbackRow(entry);
  const { rows } = await db.query({
    name: 'add-inbox-entry',
    text: `insert into callbacks (payout_id, ${callbackColumns.map(([name]) => name).join(', ')})
      values ($1, ${callbackColumns.map((_, index) => `$${index + 2}`).join(', ')})
      on conflict (dedupe_key) do nothing returning id`,
    values: [payoutId, ...callbackColumns.map(([name]) => row[name])],
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
