/**
 * Marks rows that cannot be read with the attention item `row_unreadable`, so that the list, a bulk
 * filter and the statistics find them: SQL cannot see what the schema in payouts/rows.ts refuses.
 * The one writer builds on a row that it has read, so the mark is a statement of its own. It adds
 * to the list of attention items and touches nothing else; the next decision on a row that can be
 * read again takes the mark away, in payout/transition.ts.
 */

import type { Attention, AttentionCode } from '../payout/model/attention.ts';
import type { Queryable } from './database/pool.ts';

export const UNREADABLE: AttentionCode = 'row_unreadable';

/** A row, and what in it cannot be read, without a value of it. */
export type UnreadableFound = { payoutId: string; where: string };

/** A row whose list of attention items is none has no place for a mark, and is found without. */
export const HAS_NO_LIST = "jsonb_typeof(attention) <> 'array'";

const asItem = ({ where }: UnreadableFound, since: number): string => {
  const item: Attention = { code: UNREADABLE, since, detail: where, acknowledgedBy: null };
  return JSON.stringify(item);
};

/**
 * Marks the rows that have no mark yet. One that another writer has locked is left out: it is being
 * handled. The revision stays, since a writer that can read the row decides what becomes of it.
 */
export async function markUnreadableRows(
  db: Queryable,
  found: readonly UnreadableFound[],
  now: number,
): Promise<void> {
  await db.query({
    name: 'mark-unreadable-rows',
    text: `with unreadable as materialized (
        select p.id, found.item from payouts p
        join unnest($1::text[], $2::jsonb[]) as found(id, item) on p.id = found.id
        where jsonb_typeof(p.attention) = 'array' and not p.attention @> $3::jsonb
        order by p.id for no key update of p skip locked
      )
      update payouts p set attention = p.attention || unreadable.item
      from unreadable where p.id = unreadable.id`,
    values: [
      found.map(({ payoutId }) => payoutId),
      found.map((one) => asItem(one, now)),
      JSON.stringify([{ code: UNREADABLE }]),
    ],
  });
}

/** How many rows are marked and not acknowledged, or have no list for a mark. */
export async function countUnreadable(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'count-unreadable-rows',
    text: `select count(*)::int as count from payouts
      where attention <> '[]' and (attention @> $1::jsonb or ${HAS_NO_LIST})`,
    values: [JSON.stringify([{ code: UNREADABLE, acknowledgedBy: null }])],
  });
  return rows[0]?.count ?? 0;
}
