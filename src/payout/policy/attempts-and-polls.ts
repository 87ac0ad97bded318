/**
 * Small, pure changes of a payout's tracking that several rules share. When the next poll is due is
 * decided in policy/schedule.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { CALL_TIMEOUT_MS, CLOSED_INTENTS_KEPT, EARLY_POLLS_MS } from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import type { Attempts, Sequence, Streak, Tracking } from '../model/tracking.ts';

/** The payout with parts of its tracking replaced. */
export const remember = (payout: Payout, changes: Partial<Tracking>): Payout => ({
  ...payout,
  tracking: { ...payout.tracking, ...changes },
});

/**
 * After a command: the five minutes of frequent polls start again, with the early polls. A final
 * payout keeps its slow polls.
 */
export const restartPolling = (payout: Payout, now: Instant): Payout =>
  isFinal(payout.status)
    ? payout
    : remember(payout, { touchedAt: now, askAtOnce: false, asks: 0, failedAsks: 0 });

/** One more hint. Hints are counted, because a stranger may replay a signed one. */
export const countHint = (payout: Payout, now: Instant): Payout =>
  remember(payout, { hints: payout.tracking.hints + 1, hintedAt: now });

/** Adds one to a number of the sequence. */
export const advance = (payout: Payout, part: keyof Sequence): Payout => {
  const { sequence } = payout.tracking;
  return remember(payout, { sequence: { ...sequence, [part]: sequence[part] + 1 } });
};

/** Whether no reply, attempt or authorization came between the two moments. */
// guard: sequence
export const isSameSequence = (a: Sequence, b: Sequence): boolean =>
  a.reply === b.reply && a.attempt === b.attempt && a.authorization === b.authorization;

/** Whether the intent of an answer is on the row, open or closed. */
// guard: known-intent
export const knowsIntent = ({ open, closedIds }: Attempts, intentId: string): boolean =>
  open?.id === intentId || closedIds.includes(intentId);

/** The closed intents including the open one, because an answer to it may still come. */
export const withClosedId = ({ open, closedIds }: Attempts): readonly string[] =>
  open === null ? closedIds : [...closedIds, open.id].slice(-CLOSED_INTENTS_KEPT);

/**
 * After the outcome of a command: polling restarts, and a hint that came during the call still
 * counts. A bank that decides immediately calls back before the gateway has answered.
 */
export const restartPollingAfterAnswer = (payout: Payout, now: Instant): Payout =>
  remember(restartPolling(payout, now), { askAtOnce: payout.tracking.askAtOnce });

/**
 * After a hint: polling restarts with one immediate status request, which replaces the early polls.
 */
export const pollImmediately = (payout: Payout, now: Instant): Payout =>
  remember(payout, {
    touchedAt: now,
    askAtOnce: true,
    asks: EARLY_POLLS_MS.length,
    failedAsks: 0,
  });

/** One more status request without an answer. */
export const countFailedPoll = (payout: Payout): Payout =>
  remember(payout, {
    asks: payout.tracking.asks + 1,
    failedAsks: payout.tracking.failedAsks + 1,
  });

/**
 * One more status request whose answer decides nothing. A request from before a hint does not
 * count: the immediate request that the hint causes is still to come.
 */
export const countFruitlessPoll = (payout: Payout, requestedAt: Instant): Payout =>
  isHintOpen(payout, requestedAt)
    ? payout
    : remember(countFailedPoll(payout), { askAtOnce: false });

/**
 * The gateway has our order: the refused lookups are no longer evidence that it has none.
 */
export function foundOrder(payout: Payout): Payout {
  const { check } = payout.tracking;
  return check.refusedLookups === null && !check.released
    ? payout
    : remember(payout, { check: { ...check, refusedLookups: null, released: false } });
}

/** Whether a hint came after the answer was requested, and still waits for its poll. */
export const isHintOpen = ({ tracking }: Payout, requestedAt: Instant): boolean =>
  tracking.askAtOnce && requestedAt < tracking.touchedAt;

/**
 * When an attempt without an answer is finished: its last byte left before, and the call timed out.
 */
export const deadlineOf = (sendBefore: Instant): Instant => sendBefore + CALL_TIMEOUT_MS;

/** When the last attempt is finished and can no longer act; null if none was made. */
export const finishedAtOf = ({ open, finishedAt }: Attempts): Instant | null =>
  open === null ? finishedAt : deadlineOf(open.sendBefore);

/**
 * The attempts after the open one was closed. With an answer it is finished; without one it may
 * still act until its deadline.
 */
export function closeAttempt<T extends Attempts>(attempts: T, now: Instant, answered: boolean): T {
  const deadline = finishedAtOf(attempts) ?? now;
  return {
    ...attempts,
    open: null,
    closedIds: withClosedId(attempts),
    endedAt: now,
    finishedAt: answered ? now : Math.max(now, deadline),
    notSentInARow: 0,
  };
}

/** The attempts after the last one certainly did not happen: it no longer counts as made. */
export function unmakeAttempt<T extends Attempts>(attempts: T, now: Instant): T {
  return {
    ...attempts,
    open: null,
    closedIds: withClosedId(attempts),
    made: attempts.made - 1,
    endedAt: now,
    finishedAt: attempts.finishedAt ?? now,
    notSentInARow: attempts.notSentInARow + 1,
  };
}

/**
 * Whether a reply requested at this moment reflects the open attempt. For a closed attempt the
 * sequence decides that.
 */
export const knowsAttempt = ({ open }: Attempts, requestedAt: Instant): boolean =>
  open === null || requestedAt > deadlineOf(open.sendBefore);

/** Whether the last attempt is finished at this moment. */
export function isFinished(attempts: Attempts, at: Instant): boolean {
  const finishedAt = finishedAtOf(attempts);
  return finishedAt === null || at > finishedAt;
}

/** The streak with one more equal reply in it, or a new streak. */
export function extendStreak(streak: Streak | null, key: string, requestedAt: Instant): Streak {
  if (streak === null || streak.key !== key)
    return { key, since: requestedAt, until: requestedAt, count: 1 };
  return { ...streak, until: requestedAt, count: streak.count + 1 };
}

/** The time that a streak spans, in milliseconds. */
export const durationOf = (streak: Streak): number => streak.until - streak.since;
