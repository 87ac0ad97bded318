/**
 * Brings due times forward. It changes nothing else about a payout: what is done when it is due is
 * decided anew from what is on disk, so that nothing is sent that might not have been sent anyway.
 */

import { dueClass } from '../payout/schedule.ts';
import type { Queryable } from './pool.ts';

/** Makes every open payout due that waits for payments to resume; how many those were. */
export async function makeHeldDue(db: Queryable, now: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'make-held-due',
    // In the order of the ids, like a save of several payouts: see saveText.
    text: `with held as materialized (
        select id from payouts
        where finalized_at is null and due_at > $1 and attention <> '[]'
          and (attention @> '[{"code":"paused"}]' or attention @> '[{"code":"checks_paused"}]')
        order by id for no key update
      )
      update payouts p
      set due_at = $1,
        due_class = case when p.due_class = ${dueClass.poll} then ${dueClass.hint}
          else p.due_class end
      from held where p.id = held.id`,
    values: [new Date(now)],
  });
  return rowCount ?? 0;
}
