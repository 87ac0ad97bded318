/**
 * The inbox of what the gateway signed: callbacks, and the receiver's returns. Each signed text is
 * stored once, before it is answered, also where it names no payout of ours. The save of a payout
 * stores the entry that changes it (`save-payouts.ts`). Only signed values are stored, and the type
 * as one short word. `payneteasy/control.ts` verifies the signature.
 */

import { isLaterEvent } from '../../payout/model/reply.ts';
import type { Queryable } from '../database/pool.ts';
import { shownAt } from './rows.ts';

export type InboxEntry = {
  source: 'callback' | 'return';
  endpoint: string;
  receivedAt: number;
  status: string;
  orderId: string;
  clientOrderId: string;
  /** Never signed, and so not part of the key that detects a repeat. */
  type: string | null;
};

/**
 * The key that detects a repeat; its length is bounded by the forms of its parts. The gateway also
 * counts the type as a part of it (payneteasy callbacks), but a sender with one signed query string
 * can write any type. So only whether the type names a later event counts, so that a chargeback is
 * no repeat of the end.
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

/** The columns of an entry except its payout, with their types. */
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
 * Stores an entry that changes no payout: it names none of ours, or says nothing new about it.
 * False where it is stored already.
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

/** A verified callback about an order that is in no payout of ours. */
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

/** The newest of them, the newest first. */
export async function lastStrayCallbacks(db: Queryable, limit: number): Promise<StrayCallback[]> {
  type Row = Omit<StrayCallback, 'receivedAt'> & { received_at: Date };
  const { rows } = await db.query<Row>({
    name: 'last-stray-callbacks',
    text: `select ${shownAt('received_at')} as received_at, endpoint, status, order_id as "orderId",
        client_order_id as "clientOrderId", type
      from callbacks where payout_id is null order by id desc limit $1`,
    values: [limit],
  });
  return rows.map(({ received_at, ...rest }) => ({ ...rest, receivedAt: received_at.getTime() }));
}
