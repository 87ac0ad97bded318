/**
 * Reads payouts for callers: one by its id, or a page by a filter.
 */

import { payoutIdPattern } from '../lib/ids.ts';
import { type ListFilter, listPayouts } from '../store/list.ts';
import type { StoredPayout } from '../store/rows.ts';
import type { Flow } from './flow.ts';
import { RequestProblem } from './request-problem.ts';

/** One payout; throws PAYOUT_NOT_FOUND. */
export async function readPayout(flow: Flow, payoutId: string): Promise<StoredPayout> {
  const found = payoutIdPattern.test(payoutId) ? await flow.batches.find(payoutId) : null;
  if (found === null) throw new RequestProblem('PAYOUT_NOT_FOUND');
  return found;
}

export type Page = {
  payouts: StoredPayout[];
  /** Where the next page goes on; null on the last one. */
  after: ListFilter['after'];
};

/** A page of at most `limit` payouts, the newest first. */
export async function readPage(flow: Flow, filter: ListFilter): Promise<Page> {
  const rows = await listPayouts(flow.db, { ...filter, limit: filter.limit + 1 });
  const payouts = rows.slice(0, filter.limit);
  const last = payouts.at(-1)?.payout;
  const more = rows.length > filter.limit && last !== undefined;
  return { payouts, after: more ? { createdAt: last.createdAt, id: last.id } : null };
}
