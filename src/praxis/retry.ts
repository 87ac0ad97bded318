/**
 * When a notification is sent again that the platform did not take, and when it is given up. Pure.
 */

import type { FailedAttempt, Retry } from '../flow/platform/dialect.ts';

/**
 * A platform that restarts is back in seconds; one that is down is not asked more often than this.
 */
const STEPS_MS = [1000, 5000, 15_000, 30_000, 60_000] as const;

/** praxis: 9.1, about 5 minutes. */
const LATER_MS = 300_000;

/** So that many payouts that failed together do not come back together. */
const LATER_JITTER = 0.1;

/** A weekend of downtime and some hours; after that a person has to know. */
export const GIVEN_UP_AFTER_MS = 72 * 3_600_000;

/** What follows an attempt that failed. */
export function nextAttempt(failed: FailedAttempt): Retry {
  const { attempts, now, random, retryAfterMs } = failed;
  const end = failed.firstAttemptAt + GIVEN_UP_AFTER_MS;
  if (now >= end) return { kind: 'given_up' };
  const jitter = 1 + LATER_JITTER * (2 * random - 1);
  const step = STEPS_MS[attempts - 1] ?? Math.round(LATER_MS * jitter);
  // The last attempt is made at the very end of the time, not shortly before it.
  return { kind: 'again', at: Math.min(now + Math.max(step, retryAfterMs ?? 0), end) };
}
