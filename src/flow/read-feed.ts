/**
 * Reads the feed for callers: what is numbered, and where that does not fill the page, what has
 * been committed since.
 */

import { type FeedItem, numberCommitted, readFeedHead, readNumbered } from '../store/feed.ts';
import type { Flow } from './flow.ts';
import { RequestProblem } from './request-problem.ts';

export type FeedPage = {
  items: FeedItem[];
  /** Where to go on; nothing that is committed later comes before it. */
  nextAfter: number;
};

/** Throws where no event ever had this number here: it was given in a history that is lost. */
async function assertGiven(flow: Flow, after: number): Promise<void> {
  const last = await readFeedHead(flow.db);
  if (after <= last) return;
  throw new RequestProblem('AHEAD_OF_HISTORY', {
    detail: `The last event has number ${last}, and ${after} was never given.`,
  });
}

/** The next events after this number, oldest first; throws AHEAD_OF_HISTORY. */
export async function readFeed(flow: Flow, after: number, limit: number): Promise<FeedPage> {
  let items = await readNumbered(flow.db, after, limit);
  if (items.length < limit && (await numberCommitted(flow.db))) {
    items = await readNumbered(flow.db, after, limit);
  }
  // Numbers are given under a lock and committed before anybody sees them.
  if (items.length === 0 && after > 0) await assertGiven(flow, after);
  return { items, nextAfter: items.at(-1)?.seq ?? after };
}
