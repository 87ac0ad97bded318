/**
 * When a notification that the platform did not acknowledge is retried, and when it is given up.
 * Pure. What follows is decided in flow/platform/deliver-notification.ts.
 */

import type { FailedAttempt, Retry } from '../flow/platform/dialect.ts';

/**
 * A platform that restarts is back in seconds; one that is down is not called more often than this.
 */
const STEPS_MS = [1000, 5000, 15_000, 30_000, 60_000] as const;

/** praxis: 9.1, about 5 minutes. */
const LATER_MS = 300_000;

/** So that notifications that failed at the same time are not all retried at the same time. */
const LATER_JITTER = 0.1;

/** A weekend of downtime and some hours; after that the operator has to act. */
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
