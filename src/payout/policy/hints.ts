/**
 * How many hints one payout takes. A hint (a callback, a returning receiver) brings one status
 * request forward and restarts the five minutes of frequent polls, so that whoever could give hints
 * without limit would decide how often the gateway is asked.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Payout } from '../model/payout.ts';

/**
 * Over the life of a payout. The gateway signs one hint for each status it has: a handful. Repeats
 * of a signed text are none, so this is reached only by a gateway that signs without end.
 */
export const HINTS_MAX = 20;

/**
 * The poll interval that follows a hint: within it the next status request is on its way anyhow.
 */
export const HINT_EVERY_MS = 5000;

type Hinted = { tracking: Pick<Payout['tracking'], 'hints' | 'hintedAt'> };

export const hasHintsLeft = ({ tracking }: Hinted): boolean => tracking.hints < HINTS_MAX;

/** Whether one more hint may bring a status request forward now. */
export function mayHint(payout: Hinted, now: Instant): boolean {
  const sinceMs = now - payout.tracking.hintedAt;
  // A last hint from the future would otherwise silence the gateway until then.
  return hasHintsLeft(payout) && (sinceMs < 0 || sinceMs >= HINT_EVERY_MS);
}

/** The statuses of the gateway that end an order. */
const endings: readonly string[] = ['approved', 'declined', 'filtered', 'error'];

/**
 * Whether a signed status is always heard, once: the end of an order is what a callback is for, and
 * the gateway signs at most these few.
 */
export const isEndingHint = (status: string): boolean => endings.includes(status);
