/**
 * Small, pure changes of a payout's memory that several rules share.
 */

import { CALL_TIMEOUT_MS } from './limits.ts';
import type { Attempts, EqualRun, Instant, Memory, Payout } from './payout.ts';

/** The payout with parts of its memory replaced. */
export const remember = (payout: Payout, changes: Partial<Memory>): Payout => ({
  ...payout,
  memory: { ...payout.memory, ...changes },
});

/** Starts the five minutes of frequent asking anew; `atOnce` also asks right now. */
export const touch = (payout: Payout, now: Instant, atOnce: boolean): Payout =>
  remember(payout, { touchedAt: now, askAtOnce: atOnce, asks: 0, failedAsks: 0 });

/** When an attempt that nobody answers can no longer act: its last byte left by then, and the gateway hung up. */
export const deadlineOf = (sendBefore: Instant): Instant => sendBefore + CALL_TIMEOUT_MS;

/** The attempts after the open one was closed: with an answer it is settled, without one it may still act. */
export function closeAttempt<T extends Attempts>(attempts: T, now: Instant, answered: boolean): T {
  const deadline = attempts.open === null ? now : deadlineOf(attempts.open.sendBefore);
  return {
    ...attempts,
    open: null,
    endedAt: now,
    settledAt: answered ? now : Math.max(now, deadline),
    notSentInARow: 0,
  };
}

/** The attempts after the open one certainly did not leave: it does not count as made. */
export function unmakeAttempt<T extends Attempts>(attempts: T, now: Instant): T {
  return {
    ...attempts,
    open: null,
    made: attempts.made - 1,
    endedAt: attempts.endedAt ?? now,
    settledAt: attempts.settledAt ?? now,
    notSentInARow: attempts.notSentInARow + 1,
  };
}

/** Whether a reply asked at this moment can know what the last attempt did. */
export function knowsAttempt(attempts: Attempts, askedAt: Instant): boolean {
  if (attempts.open !== null) return askedAt > deadlineOf(attempts.open.sendBefore);
  return attempts.endedAt === null || askedAt > attempts.endedAt;
}

/** Whether the last attempt can no longer act, as of this moment. */
export function isSettled(attempts: Attempts, at: Instant): boolean {
  if (attempts.open !== null) return at > deadlineOf(attempts.open.sendBefore);
  return attempts.settledAt === null || at >= attempts.settledAt;
}

/** The run of equal replies with one more reply in it, or a new run. */
export function runOn(run: EqualRun | null, key: string, askedAt: Instant): EqualRun {
  if (run === null || run.key !== key) return { key, since: askedAt, until: askedAt, count: 1 };
  return { ...run, until: askedAt, count: run.count + 1 };
}

/** How long a run has been saying the same, in milliseconds. */
export const spread = (run: EqualRun): number => run.until - run.since;
