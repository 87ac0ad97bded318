/**
 * Reads a payout's timeline for callers, a page at a time.
 */

import { readTimelineRows, type TimelinePosition, type TimelineRow } from '../store/timeline.ts';
import type { Flow } from './flow.ts';
import { showPayout } from './read-payouts.ts';

export type TimelinePage = {
  rows: TimelineRow[];
  /** Where the next page goes on; null on the last one. */
  after: TimelinePosition | null;
};

/** At most `limit` entries after a position, the oldest first; throws PAYOUT_NOT_FOUND. */
export async function readTimeline(
  flow: Flow,
  payoutId: string,
  after: TimelinePosition | null,
  limit: number,
): Promise<TimelinePage> {
  const { payout } = await showPayout(flow, payoutId);
  const found = await readTimelineRows(flow.db, payout.id, after, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, after: more ? { at: last.at, origin: last.origin, id: last.id } : null };
}
