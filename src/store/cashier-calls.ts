/**
 * The cashier's UpdatePayout calls, each with the answer that it got. The table is append-only, and
 * a call is written in the transaction of the change that it caused. `flow/platform/scrub-call.ts`
 * takes the receiver's data out of a call before it comes here. A limited number of calls is kept
 * for one payout; the change that a call made is always in the journal, so that no call is answered
 * 0 without a record.
 */

import type { Queryable } from './database/pool.ts';

/** Far more than a cashier sends about one payout, and few enough to keep indefinitely. */
export const CALLS_KEPT_MAX = 100;

export type CashierCall = {
  receivedAt: number;
  /** Null where the call names no payout of ours. */
  payoutId: string | null;
  letter: string | null;
  updatedBy: string | null;
  path: string;
  address: string;
  contentType: string;
  /**
   * The scrubbed body, bounded by the route; it need not be text. Empty where the call names no
   * payout.
   */
  body: Uint8Array;
  answer: { status: number; description: string };
};

/** Stops counting at the limit. */
const countText = (payoutId: string): string =>
  `(select count(*)::int from (
    select from cashier_calls where payout_id = ${payoutId} limit ${CALLS_KEPT_MAX}) as kept)`;

/** How many calls of a payout are kept, up to {@link CALLS_KEPT_MAX}. */
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
