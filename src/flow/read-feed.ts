/**
 * Reads the feed for callers: what is numbered, and where that does not fill the page, what has
 * been committed since.
 */

import { type FeedItem, numberCommitted, readNumbered } from '../store/feed.ts';
import type { Flow } from './flow.ts';

export type FeedPage = {
  items: FeedItem[];
  /** Where to go on; nothing that is committed later comes before it. */
  nextAfter: number;
};

/** The next events after this number, oldest first. */
export async function readFeed(flow: Flow, after: number, limit: number): Promise<FeedPage> {
  let items = await readNumbered(flow.db, after, limit);
  if (items.length < limit && (await numberCommitted(flow.db))) {
    items = await readNumbered(flow.db, after, limit);
  }
  return { items, nextAfter: items.at(-1)?.seq ?? after };
}
