/**
 * Reads payouts for callers: one by its id, or a page by a filter.
 */

import { payoutIdPattern } from '../lib/ids.ts';
import { type ListFilter, listPayouts } from '../store/list.ts';
import type { ShownPayout, StoredPayout } from '../store/rows.ts';
import type { Flow } from './flow.ts';
import { RequestProblem } from './request-problem.ts';

const foundOr404 = <T>(found: T | null): T => {
  if (found === null) throw new RequestProblem('PAYOUT_NOT_FOUND');
  return found;
};

/** One payout, to be acted on; throws PAYOUT_NOT_FOUND, and NewerRow for a newer version's. */
export const readPayout = async (flow: Flow, payoutId: string): Promise<StoredPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await flow.batches.find(payoutId) : null);

/** One payout, to be shown; throws PAYOUT_NOT_FOUND. */
export const showPayout = async (flow: Flow, payoutId: string): Promise<ShownPayout> =>
  foundOr404(payoutIdPattern.test(payoutId) ? await flow.batches.show(payoutId) : null);

export type Page = {
  payouts: ShownPayout[];
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
