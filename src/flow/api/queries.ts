/**
 * Reads payouts, their timeline and the feed for clients. Only the feed's numbering is written
 * here, by store/payouts/feed.ts. What a client sees of a row is decided in http/present.ts.
 */

import { payoutIdPattern } from '../../lib/typeid.ts';
import type { Queryable } from '../../store/database/pool.ts';
import {
  type FeedItem,
  numberCommitted,
  readFeedHead,
  readNumbered,
} from '../../store/payouts/feed.ts';
import { type ListFilter, listPayouts } from '../../store/payouts/list.ts';
import type { ShownPayout, StoredPayout } from '../../store/payouts/rows.ts';
import {
  readTimelineRows,
  type TimelinePosition,
  type TimelineRow,
} from '../../store/payouts/timeline.ts';
import type { AppContext } from '../context.ts';
import { read } from './reads.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

/** What reading one payout may throw. */
export const readProblems = ['PAYOUT_NOT_FOUND'] as const satisfies readonly ProblemCode[];

const foundOr404 = <T>(found: T | null): T => {
  if (found === null) throw new RequestProblem('PAYOUT_NOT_FOUND');
  return found;
};

/** One payout to act on. Throws PAYOUT_NOT_FOUND, and NewerRow for a row of a newer version. */
export const readPayout = async (app: AppContext, payoutId: string): Promise<StoredPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await app.batches.find(payoutId) : null);

/** One payout to show. Throws PAYOUT_NOT_FOUND. */
export const showPayout = async (app: AppContext, payoutId: string): Promise<ShownPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await app.batches.show(payoutId) : null);

export type Page = {
  payouts: ShownPayout[];
  /** Where the next page begins; null on the last page. */
  after: ListFilter['after'];
};

/** A page of at most `limit` payouts, newest first. */
export async function readPage(app: AppContext, filter: ListFilter): Promise<Page> {
  const wanted = { ...filter, limit: filter.limit + 1 };
  const rows = await read(app, (db) => listPayouts(db, wanted));
  const payouts = rows.slice(0, filter.limit);
  const last = payouts.at(-1)?.payout;
  const more = rows.length > filter.limit && last !== undefined;
  return { payouts, after: more ? { createdAt: last.createdAt, id: last.id } : null };
}

/**
 * A page of the feed: the numbered events, and where they do not fill the page, the events that
 * were committed since the last numbering.
 */
export type FeedPage = {
  items: FeedItem[];
  /** Where the next page begins; no event that is committed later comes before it. */
  nextAfter: number;
};

/** What reading the feed may throw. */
export const feedProblems = ['AHEAD_OF_HISTORY'] as const satisfies readonly ProblemCode[];

/** Throws where this database never gave this number: the client has it from a lost history. */
async function assertGiven(db: Queryable, after: number): Promise<void> {
  const last = await readFeedHead(db);
  if (after <= last) return;
  throw new RequestProblem('AHEAD_OF_HISTORY', {
    detail: `The last event has number ${last}, and ${after} was never given.`,
  });
}

/** The next events after this number, oldest first. Throws AHEAD_OF_HISTORY. */
export const readFeed = (app: AppContext, after: number, limit: number): Promise<FeedPage> =>
  read(app, async (db) => {
    let items = await readNumbered(db, after, limit);
    if (items.length < limit && (await numberCommitted(db))) {
      items = await readNumbered(db, after, limit);
    }
    // Numbers are given under a lock and committed before any client sees them.
    if (items.length === 0 && after > 0) await assertGiven(db, after);
    return { items, nextAfter: items.at(-1)?.seq ?? after };
  });

/** A page of a payout's timeline. */
export type TimelinePage = {
  rows: TimelineRow[];
  /** Where the next page begins; null on the last page. */
  after: TimelinePosition | null;
};

/** At most `limit` entries after a position, oldest first. Throws PAYOUT_NOT_FOUND. */
export async function readTimeline(
  app: AppContext,
  payoutId: string,
  after: TimelinePosition | null,
  limit: number,
): Promise<TimelinePage> {
  const { payout } = await showPayout(app, payoutId);
  const found = await read(app, (db) => readTimelineRows(db, payout.id, after, limit + 1));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, after: more ? { at: last.at, origin: last.origin, id: last.id } : null };
}
