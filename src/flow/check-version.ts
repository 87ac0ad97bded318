/**
 * Compares a payout with the versions under which a caller wants something done.
 */

import type { StoredPayout } from '../store/rows.ts';
import { RequestProblem } from './request-problem.ts';

/** Throws VERSION_MISMATCH unless the payout has one of these versions; null lets any through. */
export function checkVersion(
  { payout: { id, version } }: StoredPayout,
  ifVersion: readonly number[] | null,
): void {
  if (ifVersion === null || ifVersion.includes(version)) return;
  throw new RequestProblem('VERSION_MISMATCH', {
    payoutId: id,
    detail: `The payout has version ${version} now.`,
  });
}
