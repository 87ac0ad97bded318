/**
 * Reads of payouts, their timeline and the feed. Nothing here changes anything.
 */

import { payoutIdPattern } from '../../lib/typeid.ts';
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
import { RequestProblem } from './request-problem.ts';

const foundOr404 = <T>(found: T | null): T => {
  if (found === null) throw new RequestProblem('PAYOUT_NOT_FOUND');
  return found;
};

/** One payout, to be acted on; throws PAYOUT_NOT_FOUND, and NewerRow for a newer version's. */
export const readPayout = async (app: AppContext, payoutId: string): Promise<StoredPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await app.batches.find(payoutId) : null);

/** One payout, to be shown; throws PAYOUT_NOT_FOUND. */
export const showPayout = async (app: AppContext, payoutId: string): Promise<ShownPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await app.batches.show(payoutId) : null);

export type Page = {
  payouts: ShownPayout[];
  /** Where the next page goes on; null on the last one. */
  after: ListFilter['after'];
};

/** A page of at most `limit` payouts, the newest first. */
export async function readPage(app: AppContext, filter: ListFilter): Promise<Page> {
  const rows = await listPayouts(app.db, { ...filter, limit: filter.limit + 1 });
  const payouts = rows.slice(0, filter.limit);
  const last = payouts.at(-1)?.payout;
  const more = rows.length > filter.limit && last !== undefined;
  return { payouts, after: more ? { createdAt: last.createdAt, id: last.id } : null };
}

/**
 * Reads the feed for callers: what is numbered, and where that does not fill the page, what has
 * been committed since.
 */
export type FeedPage = {
  items: FeedItem[];
  /** Where to go on; nothing that is committed later comes before it. */
  nextAfter: number;
};

/** Throws where no event ever had this number here: it was given in a history that is lost. */
async function assertGiven(app: AppContext, after: number): Promise<void> {
  const last = await readFeedHead(app.db);
  if (after <= last) return;
  throw new RequestProblem('AHEAD_OF_HISTORY', {
    detail: `The last event has number ${last}, and ${after} was never given.`,
  });
}

/** The next events after this number, oldest first; throws AHEAD_OF_HISTORY. */
export async function readFeed(app: AppContext, after: number, limit: number): Promise<FeedPage> {
  let items = await readNumbered(app.db, after, limit);
  if (items.length < limit && (await numberCommitted(app.db))) {
    items = await readNumbered(app.db, after, limit);
  }
  // Numbers are given under a lock and committed before anybody sees them.
  if (items.length === 0 && after > 0) await assertGiven(app, after);
  return { items, nextAfter: items.at(-1)?.seq ?? after };
}

/**
 * Reads a payout's timeline for callers, a page at a time.
 */
export type TimelinePage = {
  rows: TimelineRow[];
  /** Where the next page goes on; null on the last one. */
  after: TimelinePosition | null;
};

/** At most `limit` entries after a position, the oldest first; throws PAYOUT_NOT_FOUND. */
export async function readTimeline(
  app: AppContext,
  payoutId: string,
  after: TimelinePosition | null,
  limit: number,
): Promise<TimelinePage> {
  const { payout } = await showPayout(app, payoutId);
  const found = await readTimelineRows(app.db, payout.id, after, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, after: more ? { at: last.at, origin: last.origin, id: last.id } : null };
}
