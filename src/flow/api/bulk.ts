/**
 * One command on many payouts, for operators: first it only counts what matches a filter, and then
 * it acts on at most so many as were counted. Each payout goes through the use case of the single
 * command, in the version in which it was found, so that each timeline has its own entry and the
 * core decides about each one.
 */

import { unreachable } from '../../lib/assert.ts';
import type { RedeliveryStart } from '../../store/notifications/notifications.ts';
import { isUnreachable } from '../../store/database/pool.ts';
import { countPayouts, type ListFilter } from '../../store/payouts/list.ts';
import type { ShownPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { attentionCodes } from '../../payout/model/attention.ts';
import { acknowledge } from './acknowledge.ts';
import { type Actor, recordRefusal } from '../actor.ts';
import { authorizePayout, cancelPayout } from './command-payout.ts';
import { makeDue } from './make-due.ts';
import { readPage } from './queries.ts';
import { read } from './reads.ts';
import { redeliverNotifications } from './redeliver.ts';
import { type ProblemCode, problemOfStore, RequestProblem } from './request-problem.ts';

export const bulkActions = ['authorize', 'cancel', 'acknowledge', 'redeliver', 'due'] as const;

export type BulkAction = (typeof bulkActions)[number];

/**
 * Counting reads index entries: 10,000 of them take some 10 ms. No command acts on more.
 */
export const BULK_COUNT_MAX = 10_000;

export type Bulk = Actor & {
  action: BulkAction;
  /** At most `limit` payouts are acted on, beginning after `after`. */
  filter: ListFilter;
  /** How many payouts were counted before; null only counts. */
  expected: number | null;
  /** Where a redelivery begins; null as in {@link redeliverNotifications}. */
  start: RedeliveryStart | null;
};

export type BulkRefusal = { payoutId: string; code: ProblemCode; detail: string | null };

export type BulkOutcome = {
  /** Payouts that match from `after` on; BULK_COUNT_MAX + 1 stands for more than the maximum. */
  matched: number;
  done: number;
  /** Payouts on which the command had nothing to do. */
  unchanged: number;
  refused: BulkRefusal[];
  /** Where the next payouts begin; null where none is left, or nothing was done. */
  after: ListFilter['after'];
};

/** Whether the command changed anything about one payout. */
async function act(app: AppContext, bulk: Bulk, { payout }: ShownPayout): Promise<boolean> {
  const { by, key, filter, start } = bulk;
  const { id: payoutId, version } = payout;
  // A payout that has changed since it was listed may not match any more.
  const commanding = { payoutId, by, key, ifVersion: [version] };
  switch (bulk.action) {
    case 'authorize':
      return (await authorizePayout(app, commanding)).payout.version !== version;
    case 'cancel':
      return (await cancelPayout(app, commanding)).payout.version !== version;
    case 'acknowledge': {
      const code = attentionCodes.find((known) => known === filter.attention?.code) ?? null;
      return (await acknowledge(app, { ...commanding, code })).payout.version !== version;
    }
    case 'redeliver': {
      const options = { ifVersion: commanding.ifVersion, start };
      return (await redeliverNotifications(app, payoutId, commanding, options)).length > 0;
    }
    case 'due':
      return (await makeDue(app, payoutId, commanding)) !== null;
    default:
      return unreachable(bulk.action);
  }
}

function toRefusal(app: AppContext, payoutId: string, error: unknown): BulkRefusal {
  // A database that is away ends the whole command: what was done stays done, and may be repeated.
  if (isUnreachable(error)) throw error;
  const problem = error instanceof RequestProblem ? error : problemOfStore(error);
  if (problem !== error) {
    app.log.error({ payoutId, err: error }, 'A payout could not get the command of a bulk.');
  }
  const { code, facts } = problem ?? new RequestProblem('INTERNAL');
  return { payoutId, code, detail: facts.detail ?? null };
}

function assertExpected(matched: number, expected: number): void {
  if (matched <= expected) return;
  const found = matched > BULK_COUNT_MAX ? `more than ${BULK_COUNT_MAX}` : String(matched);
  const detail = `The filter matches ${found} payouts now, and ${expected} were expected.`;
  throw new RequestProblem('MORE_THAN_EXPECTED', { detail });
}

/**
 * Counts the payouts that match and, where `expected` is given, acts on them, the newest first.
 * Throws MORE_THAN_EXPECTED where more match than that, before anything is done.
 */
export async function runBulk(app: AppContext, bulk: Bulk): Promise<BulkOutcome> {
  const { action, by, key, filter, expected } = bulk;
  const counted = { ...filter, limit: BULK_COUNT_MAX + 1 };
  const matched = await read(app, (db) => countPayouts(db, counted));
  const outcome: BulkOutcome = { matched, done: 0, unchanged: 0, refused: [], after: null };
  if (expected === null) return outcome;
  assertExpected(matched, expected);
  const { payouts, after } = await readPage(app, filter);
  // Others may have come to match since the count.
  assertExpected(payouts.length, expected);
  outcome.after = after;
  for (const shown of payouts) {
    try {
      if (await act(app, bulk, shown)) outcome.done += 1;
      else outcome.unchanged += 1;
    } catch (error) {
      const { id: payoutId } = shown.payout;
      outcome.refused.push(toRefusal(app, payoutId, error));
      if (!(error instanceof RequestProblem)) continue;
      await recordRefusal(app, { payoutId, command: `bulk ${action}`, by, key, problem: error });
    }
  }
  const { done, unchanged, refused } = outcome;
  const counts = `${done} done, ${unchanged} unchanged, ${refused.length} refused`;
  app.log.info({ keyName: key, count: payouts.length }, `Bulk ${action} by ${by}: ${counts}.`);
  return outcome;
}
