/**
 * Small, pure changes of a payout's memory that several rules share.
 */

import type { Instant } from '../../lib/clock.ts';
import { CALL_TIMEOUT_MS, CLOSED_INTENTS_KEPT, EARLY_POLLS_MS } from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import type { Attempts, Sequence, Streak, Tracking } from '../model/tracking.ts';

/** The payout with parts of its memory replaced. */
export const remember = (payout: Payout, changes: Partial<Tracking>): Payout => ({
  ...payout,
  tracking: { ...payout.tracking, ...changes },
});

/**
 * With a command: the five minutes of frequent asking start anew, with the early asks. A final
 * payout is only watched.
 */
export const restartPolling = (payout: Payout, now: Instant): Payout =>
  isFinal(payout.status)
    ? payout
    : remember(payout, { touchedAt: now, askAtOnce: false, asks: 0, failedAsks: 0 });

/** One more hint: it is counted, since a stranger may repeat what was signed once. */
export const countHint = (payout: Payout, now: Instant): Payout =>
  remember(payout, { hints: payout.tracking.hints + 1, hintedAt: now });

/** The sequence with one of its numbers grown. */
export const advance = (payout: Payout, part: keyof Sequence): Payout => {
  const { sequence } = payout.tracking;
  return remember(payout, { sequence: { ...sequence, [part]: sequence[part] + 1 } });
};

/** Whether nothing that a reply has to know of came between its request and now. */
// guard: sequence
export const isSameSequence = (a: Sequence, b: Sequence): boolean =>
  a.reply === b.reply && a.attempt === b.attempt && a.authorization === b.authorization;

/** Whether an answer belongs to an intent that the row has, open or closed. */
// guard: known-intent
export const knowsIntent = ({ open, closedIds }: Attempts, intentId: string): boolean =>
  open?.id === intentId || closedIds.includes(intentId);

/** The closed intents with the open one among them, as an answer may still come to it. */
export const withClosedId = ({ open, closedIds }: Attempts): readonly string[] =>
  open === null ? closedIds : [...closedIds, open.id].slice(-CLOSED_INTENTS_KEPT);

/**
 * After what became of a command: the same, but for a hint that came while it was under way. A bank
 * that ends at once calls back before its gateway has answered.
 */
export const restartPollingAfterAnswer = (payout: Payout, now: Instant): Payout =>
  remember(restartPolling(payout, now), { askAtOnce: payout.tracking.askAtOnce });

/**
 * After a hint: they start anew with one status request right now, which stands for the early ones.
 */
export const pollImmediately = (payout: Payout, now: Instant): Payout =>
  remember(payout, {
    touchedAt: now,
    askAtOnce: true,
    asks: EARLY_POLLS_MS.length,
    failedAsks: 0,
  });

/** One more status request that brought no answer. */
export const countFailedPoll = (payout: Payout): Payout =>
  remember(payout, {
    asks: payout.tracking.asks + 1,
    failedAsks: payout.tracking.failedAsks + 1,
  });

/**
 * One more status request whose answer decides nothing. One from before a hint does not count: the
 * request that the hint asks for is still to come, and at once.
 */
export const countFruitlessPoll = (payout: Payout, askedAt: Instant): Payout =>
  isHintOpen(payout, askedAt) ? payout : remember(countFailedPoll(payout), { askAtOnce: false });

/**
 * The gateway has an order of ours: the lookups that it refused no longer say that it knows none.
 */
export function foundOrder(payout: Payout): Payout {
  const { check } = payout.tracking;
  return check.refusedLookups === null && !check.released
    ? payout
    : remember(payout, { check: { ...check, refusedLookups: null, released: false } });
}

/** Whether a hint that came before an answer is still to be asked about after it. */
export const isHintOpen = ({ tracking }: Payout, askedAt: Instant): boolean =>
  tracking.askAtOnce && askedAt < tracking.touchedAt;

/**
 * When an attempt that nobody answers can no longer act: its last byte left by then, and the
 * gateway hung up.
 */
export const deadlineOf = (sendBefore: Instant): Instant => sendBefore + CALL_TIMEOUT_MS;

/** When the last attempt can no longer act; null where none was made. */
export const settledAtOf = ({ open, settledAt }: Attempts): Instant | null =>
  open === null ? settledAt : deadlineOf(open.sendBefore);

/**
 * The attempts after the open one was closed: with an answer it is settled, without one it may
 * still act.
 */
export function closeAttempt<T extends Attempts>(attempts: T, now: Instant, answered: boolean): T {
  const deadline = settledAtOf(attempts) ?? now;
  return {
    ...attempts,
    open: null,
    closedIds: withClosedId(attempts),
    endedAt: now,
    settledAt: answered ? now : Math.max(now, deadline),
    notSentInARow: 0,
  };
}

/** The attempts after the last one certainly did not happen: it does not count as made. */
export function unmakeAttempt<T extends Attempts>(attempts: T, now: Instant): T {
  return {
    ...attempts,
    open: null,
    closedIds: withClosedId(attempts),
    made: attempts.made - 1,
    endedAt: now,
    settledAt: attempts.settledAt ?? now,
    notSentInARow: attempts.notSentInARow + 1,
  };
}

/**
 * Whether a reply requested at this moment can know what the open attempt did. What a closed one
 * did is known by the sequence.
 */
export const knowsAttempt = ({ open }: Attempts, askedAt: Instant): boolean =>
  open === null || askedAt > deadlineOf(open.sendBefore);

/** Whether the last attempt can no longer act, as of this moment. */
export function isSettled(attempts: Attempts, at: Instant): boolean {
  const settledAt = settledAtOf(attempts);
  return settledAt === null || at > settledAt;
}

/** The run of equal replies with one more reply in it, or a new run. */
export function extendStreak(run: Streak | null, key: string, askedAt: Instant): Streak {
  if (run === null || run.key !== key) return { key, since: askedAt, until: askedAt, count: 1 };
  return { ...run, until: askedAt, count: run.count + 1 };
}

/** How long a run has been saying the same, in milliseconds. */
export const durationOf = (run: Streak): number => run.until - run.since;
