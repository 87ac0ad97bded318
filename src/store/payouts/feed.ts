/**
 * The feed in the database. Writers only mark their journal entries; the reader of the feed gives
 * numbers to committed entries. A number taken at write time would become visible out of order: of
 * two writers, the one with the lower number may commit later. `payout/model/feed.ts` decides which
 * changes are in the feed.
 */

import { z } from 'zod';
import { type NewerWord, wordOf } from '../../lib/newer-word.ts';
import { type FeedType, feedTypes } from '../../payout/model/feed.ts';
import type { Database, Queryable } from '../database/pool.ts';
import { readList, type ShownPayout, shownAt, toShownPayout } from './rows.ts';

export type FeedItem = { seq: number; type: FeedType | NewerWord; at: number; stored: ShownPayout };

/** One batch holds the lock for some milliseconds, and fills a page of any allowed size. */
const NUMBERED_AT_ONCE = 1000;

const itemSchema = z.object({
  feed_seq: z.coerce.number().int(),
  feed_type: z.string().transform((type) => wordOf(feedTypes, type)),
  feed_at: z.date(),
});

/** The entries after this number, at most `limit` of them, with their payouts as they are now. */
export async function readNumbered(
  db: Queryable,
  after: number,
  limit: number,
): Promise<FeedItem[]> {
  const { rows } = await db.query({
    name: 'read-feed',
    text: `select e.seq - cardinality(e.feed) + f.place as feed_seq, f.type as feed_type,
        ${shownAt('e.at')} as feed_at, ${readList('p')}
      from (select seq, feed, at, payout_id from payout_events
        where seq > $1 order by seq limit $2) as e
      cross join lateral unnest(e.feed) with ordinality as f(type, place)
      join payouts p on p.id = e.payout_id
      where e.seq - cardinality(e.feed) + f.place > $1
      order by 1 limit $2`,
    values: [after, limit],
  });
  return rows.map((row) => {
    const { feed_seq, feed_type, feed_at } = itemSchema.parse(row);
    return { seq: feed_seq, type: feed_type, at: feed_at.getTime(), stored: toShownPayout(row) };
  });
}

/** The last number that was given; above the last event's number where an epoch made it jump. */
export async function readFeedHead(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seq: string }>({
    name: 'read-feed-head',
    text: 'select seq from feed_head where id = 1',
  });
  return Number(rows[0]?.seq ?? 0);
}

/**
 * Gives numbers to a batch of committed entries that have none; true where it found any. Does
 * nothing, rather than wait for a lock, while another replica is doing the same.
 */
export async function numberCommitted(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ pending: boolean }>({
    name: 'feed-pending',
    text: `select exists
      (select from payout_events where feed is not null and seq is null) as pending`,
  });
  if (rows[0]?.pending !== true) return false;
  return db.transaction(async (locked) => {
    const { rows: heads } = await locked.query<{ seq: string }>({
      name: 'lock-feed',
      text: 'select seq from feed_head where id = 1 for update skip locked',
    });
    const [head] = heads;
    if (head === undefined) return false;
    // A separate statement, so that it sees what was numbered before the lock was acquired.
    const { rowCount } = await locked.query({
      name: 'number-feed',
      text: `with fresh as (
          select id, cardinality(feed) as width from payout_events
          where feed is not null and seq is null order by id limit $2
        ), numbered as (
          update payout_events e set seq = n.seq
          from (select id, $1::bigint + sum(width) over (order by id) as seq from fresh) as n
          where e.id = n.id returning e.seq
        )
        update feed_head set seq = (select max(seq) from numbered)
        where id = 1 and exists (select from numbered)`,
      values: [head.seq, NUMBERED_AT_ONCE],
    });
    return rowCount === 1;
  });
}
