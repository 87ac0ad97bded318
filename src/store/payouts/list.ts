/**
 * Payouts in pages, by creation. Pages use a keyset and no offset, so that a page costs the same
 * with a million rows after it, and no payout is skipped or shown twice while others are created.
 */

import type { Queryable } from '../database/pool.ts';
import { HAS_NO_LIST, UNREADABLE } from '../unreadable-rows.ts';
import { readList, type ShownPayout, toShownPayout } from './rows.ts';

export type ListFilter = {
  reference: string | null;
  /** Only these payouts; left out for all. */
  ids?: readonly string[];
  status: readonly string[] | null;
  /** Only payouts with an open attention item, or with this code where one is given. */
  attention: { code: string | null } | null;
  createdFrom: number | null;
  createdTo: number | null;
  /** The last payout of the page before. */
  after: { createdAt: number; id: string } | null;
  limit: number;
};

/** The condition of a filter; `bind` adds a value and returns its place. */
function conditionOf(filter: Omit<ListFilter, 'limit'>, bind: (value: unknown) => string): string {
  const when: string[] = [];
  if (filter.ids !== undefined) when.push(`id = any(${bind(filter.ids)})`);
  if (filter.reference !== null) when.push(`reference = ${bind(filter.reference)}`);
  if (filter.status !== null) when.push(`status = any(${bind(filter.status)})`);
  if (filter.attention !== null) when.push(`attention <> '[]'`);
  if (filter.attention?.code) {
    const { code } = filter.attention;
    const has = `attention @> ${bind(JSON.stringify([{ code }]))}::jsonb`;
    when.push(code === UNREADABLE ? `(${has} or ${HAS_NO_LIST})` : has);
  }
  if (filter.createdFrom !== null) when.push(`created_at >= ${bind(new Date(filter.createdFrom))}`);
  if (filter.createdTo !== null) when.push(`created_at < ${bind(new Date(filter.createdTo))}`);
  if (filter.after !== null) {
    const { createdAt, id } = filter.after;
    const at = bind(new Date(createdAt));
    const last = bind(id);
    // As stored: a row that was altered by hand may have a time that no cursor can write, such as
    // -infinity or microseconds, and its page would begin with itself again, or skip others.
    const lastAt = `coalesce((select created_at from payouts where id = ${last}), ${at})`;
    when.push(`(created_at, id) < (${lastAt}, ${last})`);
  }
  return when.length === 0 ? '' : `where ${when.join(' and ')}`;
}

/** The payouts that match the filter, the newest first. */
export async function listPayouts(db: Queryable, filter: ListFilter): Promise<ShownPayout[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = conditionOf(filter, bind);
  const { rows } = await db.query({
    text: `select ${readList('payouts')} from payouts ${where}
      order by created_at desc, id desc limit ${bind(filter.limit)}`,
    values,
  });
  return rows.map(toShownPayout);
}

/** How many payouts match the filter, from `after` on; counted up to its `limit`. */
export async function countPayouts(db: Queryable, filter: ListFilter): Promise<number> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = conditionOf(filter, bind);
  const { rows } = await db.query<{ count: number }>({
    text: `select count(*)::int as count from (
        select 1 from payouts ${where} order by created_at desc, id desc limit ${bind(filter.limit)}
      ) matching`,
    values,
  });
  return rows[0]?.count ?? 0;
}
