/**
 * The cashier's UpdatePayout calls as they came, each with the answer it got. Append-only; written
 * in the transaction of whatever the call changed, so that no 0 is answered without its row.
 */

import type { Queryable } from './pool.ts';

export type CashierCall = {
  receivedAt: number;
  /** Null where no payout of ours was meant. */
  payoutId: string | null;
  letter: string | null;
  updatedBy: string | null;
  path: string;
  address: string;
  contentType: string;
  /** As it came, bounded by the route; it need not be text. */
  body: Uint8Array;
  answer: { status: number; description: string };
};

export async function addCashierCall(db: Queryable, call: CashierCall): Promise<void> {
  await db.query({
    name: 'add-cashier-call',
    text: `insert into cashier_calls
      (received_at, payout_id, letter, updated_by, path, address, content_type, body,
       answer_status, answer_description)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      new Date(call.receivedAt),
      call.payoutId,
      call.letter,
      call.updatedBy,
      call.path,
      call.address,
      call.contentType,
      call.body,
      call.answer.status,
      call.answer.description,
    ],
  });
}
