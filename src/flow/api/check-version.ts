/**
 * Compares what a caller has seen with what is on disk: the versions under which it wants something
 * done, and positions that we have not reached, which it can only have from a history that is lost.
 */

import type { StoredPayout } from '../../store/payouts/rows.ts';
import { RequestProblem } from './request-problem.ts';

type Versioned = { payout: Pick<StoredPayout['payout'], 'id' | 'version'> };

/** The problem of a caller whose version is ahead of the payout's. */
export const versionAhead = (
  { payout: { id, version } }: Versioned,
  seen: number,
): RequestProblem =>
  new RequestProblem('AHEAD_OF_HISTORY', {
    payoutId: id,
    detail: `The payout has version ${version}, and version ${seen} was never given.`,
  });

/** The problem of a caller who wants none of the versions that the payout has. */
export function mismatch(stored: Versioned, ifVersion: readonly number[]): RequestProblem {
  const { id, version } = stored.payout;
  const newest = Math.max(...ifVersion);
  if (newest > version) return versionAhead(stored, newest);
  const detail = `The payout has version ${version} now.`;
  return new RequestProblem('VERSION_MISMATCH', { payoutId: id, detail });
}

/**
 * Throws VERSION_MISMATCH unless the payout has one of these versions, AHEAD_OF_HISTORY where one
 * of them is above its own; null lets any through.
 */
export function checkVersion(stored: Versioned, ifVersion: readonly number[] | null): void {
  if (ifVersion === null || ifVersion.includes(stored.payout.version)) return;
  throw mismatch(stored, ifVersion);
}
