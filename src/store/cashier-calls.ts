/**
 * The cashier's UpdatePayout calls as they came, each with the answer it got. Append-only; written
 * in the transaction of whatever the call changed. Of one payout a limited number is kept: what a
 * call changed is in the journal all the same, so that no 0 is answered without it.
 */

import type { Queryable } from './database/pool.ts';

/** Far more than a cashier has to say of one payout, and little enough to keep for ever. */
export const CALLS_KEPT_MAX = 100;

export type CashierCall = {
  receivedAt: number;
  /** Null where no payout of ours was meant. */
  payoutId: string | null;
  letter: string | null;
  updatedBy: string | null;
  path: string;
  address: string;
  contentType: string;
  /** As it came, bounded by the route; it need not be text. Not kept where no payout is meant. */
  body: Uint8Array;
  answer: { status: number; description: string };
};

/** Counts no further than it matters. */
const countText = (payoutId: string): string =>
  `(select count(*)::int from (
    select from cashier_calls where payout_id = ${payoutId} limit ${CALLS_KEPT_MAX}) as kept)`;

/** How many calls are kept of a payout, up to {@link CALLS_KEPT_MAX}. */
export async function countCashierCalls(db: Queryable, payoutId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'count-cashier-calls',
    text: `select ${countText('$1')} as count`,
    values: [payoutId],
  });
  return rows[0]?.count ?? 0;
}

export async function addCashierCall(db: Queryable, call: CashierCall): Promise<void> {
  await db.query({
    name: 'add-cashier-call',
    text: `insert into cashier_calls
      (received_at, payout_id, letter, updated_by, path, address, content_type, body,
       answer_status, answer_description)
      select $1::timestamptz, $2::text, $3, $4, $5, $6, $7, $8::bytea, $9::int, $10
      where $2::text is null or ${countText('$2::text')} < ${CALLS_KEPT_MAX}`,
    values: [
      new Date(call.receivedAt),
      call.payoutId,
      call.letter,
      call.updatedBy,
      call.path,
      call.address,
      call.contentType,
      call.payoutId === null ? new Uint8Array() : call.body,
      call.answer.status,
      call.answer.description,
    ],
  });
}
