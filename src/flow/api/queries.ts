/**
 * Reads payouts, their timeline and the feed for clients. Only the feed's numbering is written
 * here, by store/payouts/feed.ts, and the mark of a row that cannot be read. What a client sees of
 * a row is decided in http/present.ts.
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
import { type ShownPayout, type StoredPayout, UnreadableRow } from '../../store/payouts/rows.ts';
import {
  readTimelineRows,
  type TimelinePosition,
  type TimelineRow,
} from '../../store/payouts/timeline.ts';
import type { AppContext } from '../context.ts';
import { markShown, markUnreadable } from '../mark-unreadable.ts';
import { read } from './reads.ts';
import { type ProblemCode, RequestProblem, rowUnreadable } from './request-problem.ts';

/** What reading one payout may throw. */
export const readProblems = ['PAYOUT_NOT_FOUND'] as const satisfies readonly ProblemCode[];

const foundOr404 = <T>(found: T | null): T => {
  if (found === null) throw new RequestProblem('PAYOUT_NOT_FOUND');
  return found;
};

/** What reading one payout to act on it may throw. */
export const actProblems = [
  ...readProblems,
  'ROW_UNREADABLE',
] as const satisfies readonly ProblemCode[];

/**
 * One payout to act on, by what `find` returns. Throws PAYOUT_NOT_FOUND, ROW_UNREADABLE, and
 * NewerRow for a row of a newer version.
 */
export async function foundToAct(
  app: AppContext,
  find: () => Promise<StoredPayout | null>,
): Promise<StoredPayout> {
  try {
    return foundOr404(await find());
  } catch (error) {
    if (!(error instanceof UnreadableRow)) throw error;
    app.log.error({ payoutId: error.payoutId, err: error }, 'A command met an unreadable row.');
    await markUnreadable(app, error);
    throw rowUnreadable(error);
  }
}

/** The same by the id of the payout. */
export const readPayout = (app: AppContext, payoutId: string): Promise<StoredPayout> =>
  foundToAct(app, async () => {
    if (!payoutIdPattern.test(payoutId)) return null;
    return app.batches.find(payoutId);
  });

/** One payout to show. Throws PAYOUT_NOT_FOUND. */
export async function showPayout(app: AppContext, payoutId: string): Promise<ShownPayout> {
  const shown = foundOr404(
    payoutIdPattern.test(payoutId) ? await app.batches.show(payoutId) : null,
  );
  await markShown(app, [shown]);
  return shown;
}

export type Page = {
  payouts: ShownPayout[];
  /** Where the next page begins; null on the last page. */
  after: ListFilter['after'];
};

/** A page of at most `limit` payouts, newest first. */
export async function readPage(app: AppContext, filter: ListFilter): Promise<Page> {
  const wanted = { ...filter, limit: filter.limit + 1 };
  const rows = await read(app, (db) => listPayouts(db, wanted));
  await markShown(app, rows);
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
export async function readFeed(app: AppContext, after: number, limit: number): Promise<FeedPage> {
  const page = await read(app, async (db) => {
    let items = await readNumbered(db, after, limit);
    if (items.length < limit && (await numberCommitted(db))) {
      items = await readNumbered(db, after, limit);
    }
    // Numbers are given under a lock and committed before any client sees them.
    if (items.length === 0 && after > 0) await assertGiven(db, after);
    return { items, nextAfter: items.at(-1)?.seq ?? after };
  });
  await markShown(
    app,
    page.items.map(({ stored }) => stored),
  );
  return page;
}

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
