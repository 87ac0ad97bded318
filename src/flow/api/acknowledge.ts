/**
 * Records that an operator has seen the open attention items of a payout. It changes no status and
 * stops no polling. Which items exist is decided in payout/model/attention.ts.
 */

import type { Attention } from '../../payout/model/attention.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import type { Actor } from '../actor.ts';
import { checkVersion } from './check-version.ts';
import { command, commandProblems } from './command-payout.ts';
import { readPayout } from './queries.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

export const acknowledgeProblems = [
  ...commandProblems,
  'NOTHING_TO_ACKNOWLEDGE',
] as const satisfies readonly ProblemCode[];

export type Acknowledging = Actor & {
  payoutId: string;
  /** The versions that the client allows, from If-Match; null allows any. */
  ifVersion: readonly number[] | null;
  /** One item; null for all open items. */
  code: Attention['code'] | null;
};

/**
 * Acknowledges open items. An item that was acknowledged before keeps its first name. Throws
 * PAYOUT_NOT_FOUND, VERSION_MISMATCH, NOTHING_TO_ACKNOWLEDGE.
 */
export async function acknowledge(
  app: AppContext,
  { payoutId, ifVersion, code, by, key }: Acknowledging,
): Promise<StoredPayout> {
  let stored = await readPayout(app, payoutId);
  const open = stored.payout.attention.map((entry) => entry.code);
  const codes = code === null ? open : [code];
  // The version comes first, so that a failed condition is answered with its own problem.
  checkVersion(stored, ifVersion);
  if (codes.length === 0) throw new RequestProblem('NOTHING_TO_ACKNOWLEDGE', { payoutId });
  for (const [index, each] of codes.entries()) {
    // The first command proves the client's version; the others follow from it.
    const condition = index === 0 ? ifVersion : null;
    const event = { kind: 'acknowledged', code: each, by } as const;
    stored = await command(app, { payoutId, ifVersion: condition, key }, event);
  }
  return stored;
}
