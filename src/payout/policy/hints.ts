/**
 * How many hints one payout accepts. A hint (a callback, a returning receiver) brings one status
 * request forward and restarts the five minutes of frequent polls. Without a limit a stranger who
 * repeats hints could decide how often we poll the gateway. What a hint changes is decided in
 * rules/hint-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Payout } from '../model/payout.ts';

/**
 * The most hints in the life of a payout. The gateway signs one hint for each status, so there are
 * few. A repeat of a signed text does not count, so only a gateway that never stops signing reaches
 * the limit.
 */
export const HINTS_MAX = 20;

/**
 * The poll interval after a hint: within it the next status request follows anyway.
 */
export const HINT_EVERY_MS = 5000;

type Hinted = { tracking: Pick<Payout['tracking'], 'hints' | 'hintedAt'> };

export const hasHintsLeft = ({ tracking }: Hinted): boolean => tracking.hints < HINTS_MAX;

/** Whether one more hint may bring a status request forward now. */
export function mayHint(payout: Hinted, now: Instant): boolean {
  const sinceMs = now - payout.tracking.hintedAt;
  // Without this a last hint from the future would suppress all hints until then.
  return hasHintsLeft(payout) && (sinceMs < 0 || sinceMs >= HINT_EVERY_MS);
}

/** The statuses of the gateway that end an order. */
const endings: readonly string[] = ['approved', 'declined', 'filtered', 'error'];

/**
 * Whether a signed status is always accepted, once: the end of an order is the purpose of a
 * callback, and the gateway signs only these few.
 */
export const isEndingHint = (status: string): boolean => endings.includes(status);
