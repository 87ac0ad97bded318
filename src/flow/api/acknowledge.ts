/**
 * Records that a person has seen what is open on a payout. It settles nothing and stops nothing.
 */

import type { Attention } from '../../payout/model/attention.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { checkVersion } from './check-version.ts';
import { command } from './command-payout.ts';
import { readPayout } from './queries.ts';
import { RequestProblem } from './request-problem.ts';

export type Acknowledging = {
  payoutId: string;
  /** The versions under which the caller wants it done; null where any will do. */
  ifVersion: readonly number[] | null;
  /** One item; null for all that are open. */
  code: Attention['code'] | null;
  by: string;
};

/**
 * Acknowledges open items; those that were acknowledged before keep their first name. Throws
 * PAYOUT_NOT_FOUND, VERSION_MISMATCH, NOTHING_TO_ACKNOWLEDGE.
 */
export async function acknowledge(
  app: AppContext,
  { payoutId, ifVersion, code, by }: Acknowledging,
): Promise<StoredPayout> {
  let stored = await readPayout(app, payoutId);
  const open = stored.payout.attention.map((entry) => entry.code);
  const codes = code === null ? open : [code];
  // Compared before what is open, so that a condition that fails is answered by its own problem.
  checkVersion(stored, ifVersion);
  if (codes.length === 0) throw new RequestProblem('NOTHING_TO_ACKNOWLEDGE', { payoutId });
  for (const [index, each] of codes.entries()) {
    // The first one proves the caller's version; the rest follow from it.
    const condition = index === 0 ? ifVersion : null;
    const event = { kind: 'acknowledged', code: each, by } as const;
    stored = await command(app, { payoutId, ifVersion: condition }, event);
  }
  return stored;
}
