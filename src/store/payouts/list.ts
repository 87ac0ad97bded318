/**
 * Payouts in pages, by creation. Pages use a keyset and no offset, so that a page costs the same
 * with a million rows after it, and no payout is skipped or shown twice while others are created.
 */

import type { Queryable } from '../database/pool.ts';
import { HAS_NO_LIST, UNREADABLE } from '../unreadable-rows.ts';
import { readList, type ShownPayout, toShownPayout } from './rows.ts';

type Position = { createdAt: number; id: string };

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
  after: Position | null;
  limit: number;
};

type Bind = (value: unknown) => string;

/** What a filter says of a payout besides its status and its creation. */
function conditionsOf({ ids, reference, attention }: ListFilter, bind: Bind): string[] {
  const when: string[] = [];
  if (ids !== undefined) when.push(`id = any(${bind(ids)})`);
  if (reference !== null) when.push(`reference = ${bind(reference)}`);
  if (attention !== null) when.push(`attention <> '[]'`);
  if (attention?.code) {
    const { code } = attention;
    const has = `attention @> ${bind(JSON.stringify([{ code }]))}::jsonb`;
    when.push(code === UNREADABLE ? `(${has} or ${HAS_NO_LIST})` : has);
  }
  return when;
}

/**
 * The creation of the last payout of the page before, as stored: a row that was altered by hand may
 * have a time that no cursor can write, such as -infinity or microseconds, and its page would begin
 * with itself again, or skip others.
 */
function lastCreation({ createdAt, id }: Position, bind: Bind): string {
  const at = bind(new Date(createdAt));
  return `coalesce((select created_at from payouts where id = ${bind(id)}), ${at})`;
}

/** The bounds of creation, as an index on creation has them. */
function boundsOf({ createdFrom, createdTo, after }: ListFilter, bind: Bind): string[] {
  const when: string[] = [];
  if (createdFrom !== null) when.push(`created_at >= ${bind(new Date(createdFrom))}`);
  if (createdTo !== null) when.push(`created_at < ${bind(new Date(createdTo))}`);
  if (after !== null) {
    when.push(`(created_at, id) < (${lastCreation(after, bind)}, ${bind(after.id)})`);
  }
  return when;
}

/** The same within the status `wanted`, as an index on status and creation has them. */
function boundsInStatus({ createdFrom, createdTo, after }: ListFilter, bind: Bind): string[] {
  const from = createdFrom === null ? null : bind(new Date(createdFrom));
  const lower =
    from === null ? 'status >= wanted' : `(status, created_at) >= (wanted, ${from}::timestamptz)`;
  if (after !== null && (createdTo === null || after.createdAt < createdTo)) {
    const at = `${lastCreation(after, bind)}::timestamptz`;
    return [lower, `(status, created_at, id) < (wanted, ${at}, ${bind(after.id)})`];
  }
  if (createdTo === null) return [lower, 'status <= wanted'];
  return [lower, `(status, created_at) < (wanted, ${bind(new Date(createdTo))}::timestamptz)`];
}

const newestOf = (when: readonly string[], order: string): string =>
  `select created_at, id from payouts ${when.length === 0 ? '' : `where ${when.join(' and ')}`}
    order by ${order}`;

const NEWEST = 'created_at desc, id desc';

/**
 * Selects the creation and id of the payouts that match, the newest first. Of each status it takes
 * as many as the page has and puts them in order: an index has the order within one status, but not
 * over several. Open attention items are few and have an index of their own, whatever the status.
 */
function matchingText(filter: ListFilter, bind: Bind): string {
  const { status, attention, limit } = filter;
  const conditions = conditionsOf(filter, bind);
  if (status === null || attention !== null) {
    // Not a bare column: on a table that is not analysed yet, the index of statuses looks better.
    if (status !== null) conditions.push(`status || '' = any(${bind(status)})`);
    const when = [...conditions, ...boundsOf(filter, bind)];
    return `${newestOf(when, NEWEST)} limit ${bind(limit)}`;
  }
  // Bounds in place of `status =`, the status in the order, and a limit that the planner knows:
  // otherwise it reads all payouts by their creation and leaves out those of other statuses.
  const when = [...conditions, ...boundsInStatus(filter, bind)];
  const each = `${newestOf(when, `status desc, ${NEWEST}`)} limit ${limit}`;
  return `select created_at, id from unnest(${bind([...new Set(status)])}::text[]) as wanted
    cross join lateral (${each}) as listed order by ${NEWEST} limit ${limit}`;
}

/** The payouts that match the filter, the newest first. */
export async function listPayouts(db: Queryable, filter: ListFilter): Promise<ShownPayout[]> {
  const { rows } = await db.query(listStatement(filter));
  return rows.map(toShownPayout);
}

/** The statement of {@link listPayouts}. */
export function listStatement(filter: ListFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const matching = matchingText(filter, (value) => `$${values.push(value)}`);
  const text = `select ${readList('payouts')} from (${matching}) matching
    join payouts on payouts.id = matching.id
    order by matching.created_at desc, matching.id desc`;
  return { text, values };
}

/** How many payouts match the filter, from `after` on; counted up to its `limit`. */
export async function countPayouts(db: Queryable, filter: ListFilter): Promise<number> {
  const values: unknown[] = [];
  const matching = matchingText(filter, (value) => `$${values.push(value)}`);
  const text = `select count(*)::int as count from (${matching}) matching`;
  const { rows } = await db.query<{ count: number }>({ text, values });
  return rows[0]?.count ?? 0;
}
