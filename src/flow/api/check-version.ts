/**
 * Compares what a client has seen with what is stored: the versions of its If-Match, and versions
 * that the payout has not reached. A client can know such a version only from a lost history. The
 * header itself is read in http/request-headers.ts.
 */

import type { StoredPayout } from '../../store/payouts/rows.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

/** What a comparison of versions may throw. */
export const versionProblems = [
  'VERSION_MISMATCH',
  'AHEAD_OF_HISTORY',
] as const satisfies readonly ProblemCode[];

type Versioned = { payout: Pick<StoredPayout['payout'], 'id' | 'version'> };

/** The problem of a client whose version is ahead of the payout's. */
export const versionAhead = (
  { payout: { id, version } }: Versioned,
  seen: number,
): RequestProblem =>
  new RequestProblem('AHEAD_OF_HISTORY', {
    payoutId: id,
    detail: `The payout has version ${version}, and version ${seen} was never given.`,
  });

/** The problem of a client whose versions do not include the payout's. */
export function mismatch(stored: Versioned, ifVersion: readonly number[]): RequestProblem {
  const { id, version } = stored.payout;
  const newest = Math.max(...ifVersion);
  if (newest > version) return versionAhead(stored, newest);
  const detail = `The payout has version ${version} now.`;
  return new RequestProblem('VERSION_MISMATCH', { payoutId: id, detail });
}

/**
 * Throws VERSION_MISMATCH unless the payout has one of these versions, and AHEAD_OF_HISTORY where
 * one of them is above the payout's own. Null allows any version.
 */
export function checkVersion(stored: Versioned, ifVersion: readonly number[] | null): void {
  if (ifVersion === null || ifVersion.includes(stored.payout.version)) return;
  throw mismatch(stored, ifVersion);
}
