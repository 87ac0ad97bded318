/**
 * Rules for payout-check: its intent, its answers, and lookups by client_orderid when it is unknown
 * whether it arrived. payout-check never pays, so a final status here moved no money. Whether it
 * may be sent is decided in policy/may-check.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { accessCodes, clear, clearAutomatic, raise } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  type History,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { CHECK_ATTEMPTS_MAX, NOT_SENT_SHOWN_AFTER } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import type { CheckAttempts, LookupStreak } from '../model/tracking.ts';
import {
  closeAttempt,
  countFruitlessPoll,
  extendStreak,
  isFinished,
  isSameSequence,
  knowsIntent,
  pollImmediately,
  remember,
  restartPolling,
  restartPollingAfterAnswer,
  unmakeAttempt,
  withClosedId,
} from '../policy/attempts-and-polls.ts';
import { isInNewEpoch, verified } from '../policy/epoch.ts';
import { isOurGateway } from '../policy/gateway.ts';
import {
  isOrderKnownAbsent,
  isQuietStreak,
  mayCheck,
  mayRepeatCheck,
  needsAllLookups,
} from '../policy/may-check.ts';
import { bindOrder } from '../policy/order.ts';
import { showRefusedAccess } from './access.ts';
import { notify } from './notify.ts';
import { showReportedPayment } from './reported-payment.ts';

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.tracking.check.open?.id === intentId;

const notNow = (summary: string): Decision => refused('not_the_time', summary);

/** Records the intent of a payout-check that may be sent; the payout is then `checking`. */
function beginCheck(
  payout: Payout,
  { intent }: EventOf<'check_intended'>,
  { now }: Context,
): Decision {
  const { check } = payout.tracking;
  const begunAt = check.made === 0 ? now : check.begunAt;
  const begun = {
    ...check,
    open: intent,
    closedIds: withClosedId(check),
    made: check.made + 1,
    begunAt,
    refusedLookups: null,
    released: false,
  };
  const cleared = clear(payout, 'checks_paused', 'check_outcome_unknown', 'receiver_unreadable');
  const next = restartPolling(remember(cleared, { check: begun }), now);
  return applied(
    enter(next, 'checking', now),
    'The service asks the bank: payout-check is being sent.',
  );
}

/** The attempts without the lookups so far, and without a release that relied on them. */
const withoutStreak = (check: CheckAttempts): CheckAttempts => ({
  ...check,
  refusedLookups: null,
  released: false,
});

/** The one guard of both payout-checks: a wrong clock or another gateway stops either. */
const intendCheck =
  (may: typeof mayCheck): Rule<'check_intended'> =>
  (payout, event, context) => {
    if (!context.isClockTrusted) return notNow("This machine's clock is wrong.");
    if (!may(payout, context)) return notNow('payout-check may not be sent now.');
    return beginCheck(payout, event, context);
  };

/** Sends the first payout-check; a lookup precedes it where the payout is not new. */
export const sendFirstCheck: Rule<'check_intended'> = intendCheck(mayCheck);

/** Sends the second payout-check if the gateway has no order. */
export const repeatCheck: Rule<'check_intended'> = intendCheck(mayRepeatCheck);

export const checkNotAllowed: Rule<'check_intended'> = () =>
  notNow('payout-check is not sent in this status.');

/** The gateway answered an attempt that is not on the row: what else was lost is unknown. */
function withLostIntent(payout: Payout, intentId: string, now: Instant): Payout {
  if (knowsIntent(payout.tracking.check, intentId)) return payout;
  const lost = remember(payout, { answeredLostIntent: true });
  return raise(lost, 'lost_intent', now, 'payout-check');
}

/** Binds the order, once; a payout that waited for it is then `bank_confirming`. */
export const checkAccepted: Rule<'check_accepted'> = (payout, { intentId, orderId }, context) => {
  const { now, history } = context;
  let next = withLostIntent(bindOrder(payout, orderId, now), intentId, now);
  const { open } = payout.tracking.check;
  if (open?.id === intentId) {
    next = remember(next, { check: closeAttempt(next.tracking.check, now, true) });
    // This payout-check created the order, and it left after every lookup had found none. If it
    // left before history was lost, the lost history may have paid the order since.
    if (open.at >= history.startedAt) next = verified(next, history);
  }
  next = clear(next, 'not_sent', ...accessCodes, 'check_outcome_unknown');
  if (next.status === 'requested' || next.status === 'checking') {
    next = restartPollingAfterAnswer(enter(next, 'bank_confirming', now), now);
  }
  return applied(next, `The gateway accepted payout-check as its order ${orderId}.`);
};

/** The gateway refused payout-check and has no order for it: no money moved or will move. */
function endRefused(
  payout: Payout,
  { code, message }: { code: string | null; message: string | null },
  now: Instant,
): Decision {
  const reason = { source: 'gateway', code, message } as const;
  const ended = { ...enter(clearAutomatic(payout), 'declined', now), reason };
  return notify(
    showReportedPayment(ended, now),
    'The gateway refused payout-check as invalid; nothing was paid.',
    'J',
  );
}

/** A refused first attempt ends the payout as `declined`; a refused repeat needs a lookup. */
export const checkRefused: Rule<'check_refused'> = (payout, event, context) => {
  const { now } = context;
  if (!isOpen(payout, event.intentId)) {
    return noted(payout, 'A refusal of payout-check came late; the payout has moved on.');
  }
  const { code, message } = event;
  const closed = closeAttempt(payout.tracking.check, now, true);
  const next = remember(clear(payout, 'not_sent', ...accessCodes), {
    check: withoutStreak(closed),
  });
  const { answeredLostIntent, namedOrderId } = payout.tracking;
  // A callback named an order, so the refused payout-check may be a repeat of a lost one.
  const hasOrder = payout.gateway.orderId !== null || namedOrderId !== null;
  const isFirst = closed.made === 1 && !hasOrder;
  // guard: refusal-in-new-epoch
  if (isFirst && !isInNewEpoch(payout, context) && !answeredLostIntent) {
    return endRefused(next, event, now);
  }
  // An earlier attempt, or one from lost history, may have created the order.
  const waiting = remember(next, {
    check: { ...next.tracking.check, refusedWith: { code, message } },
  });
  const summary = 'The gateway refused payout-check; a lookup of the order has to confirm that.';
  return applied(restartPollingAfterAnswer(waiting, now), summary);
};

/** The attempt does not count; a payout without another attempt is `requested` again. */
export const checkNotSent: Rule<'check_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId))
    return noted(payout, 'An attempt that is closed did not leave either.');
  const check = withoutStreak(unmakeAttempt(payout.tracking.check, now));
  const next = remember(payout, { check });
  // In any other status the payout has moved on: it is final, or a lookup found its order.
  if (next.status !== 'checking') {
    return noted(next, `payout-check did not leave (${cause}); the payout has moved on.`);
  }
  const shown =
    check.notSentInARow >= NOT_SENT_SHOWN_AFTER ? raise(next, 'not_sent', now, cause) : next;
  const summary = `payout-check did not leave (${cause}); it will be retried.`;
  return applied(check.made === 0 ? enter(shown, 'requested', now) : shown, summary);
};

/** The attempt is over and its outcome unknown: the order is looked up by our id. */
export const checkOutcomeUnknown: Rule<'check_unknown'> = (payout, event, { now }) => {
  const { intentId, cause } = event;
  if (!isOpen(payout, intentId)) {
    const shown = withLostIntent(payout, intentId, now);
    return noted(shown, `An attempt that is not open ended too (${cause}).`);
  }
  // Lookups from before the end of the attempt say nothing about it.
  const check = withoutStreak(closeAttempt(payout.tracking.check, now, false));
  const next = restartPollingAfterAnswer(remember(clear(payout, 'not_sent'), { check }), now);
  const summary = `It is unknown whether payout-check arrived (${cause}); the order is looked up.`;
  return applied(showRefusedAccess(next, event, now), summary);
};

/** The streak of refused lookups with one more in it. */
function lookupStreak(
  streak: LookupStreak | null,
  { requestedAt, code, knownAnsweredAt = null }: EventOf<'status_refused'>,
  mapped: readonly string[],
): LookupStreak {
  const key = code ?? '';
  // Codes are opaque unless mapped, so refusals with different codes still form one streak.
  const goesOn = streak !== null && mapped.includes(streak.key) === mapped.includes(key);
  const next = extendStreak(goesOn ? { ...streak, key } : null, key, requestedAt);
  const before = goesOn ? streak.knownAnsweredAt : null;
  const isSince = knownAnsweredAt !== null && knownAnsweredAt >= next.since;
  return { ...next, knownAnsweredAt: isSince ? knownAnsweredAt : before };
}

/** What follows when the gateway has refused the lookup often enough. */
function afterLookup(payout: Payout, summary: string, context: Context): Decision {
  const { now, history } = context;
  const { check } = payout.tracking;
  if (check.refusedLookups === null) return noted(payout, summary);
  if (!isOrderKnownAbsent(payout, context)) {
    const isUnproven =
      isQuietStreak(check.refusedLookups, context) && needsAllLookups(payout, context);
    return applied(isUnproven ? raise(payout, 'check_outcome_unknown', now) : payout, summary);
  }
  const known = verified(payout, history);
  if (check.refusedWith !== null) return endRefused(known, check.refusedWith, now);
  const isSpent = check.made >= CHECK_ATTEMPTS_MAX;
  return applied(isSpent ? raise(known, 'check_outcome_unknown', now) : known, summary);
}

/** The attempts without lookups and releases from before history was lost. */
const withoutLostStreak = (check: CheckAttempts, { startedAt }: History): CheckAttempts =>
  check.refusedLookups !== null && check.refusedLookups.since >= startedAt
    ? check
    : withoutStreak(check);

/** Counts towards "order known absent" if it was requested after the last attempt. */
export const lookupRefused: Rule<'status_refused'> = (payout, event, context) => {
  const { now, policy, gateway, history } = context;
  const { requestedAt, asOf } = event;
  const isOfThisHistory = requestedAt >= history.startedAt;
  const summary = `The gateway refused the lookup (code ${event.code ?? 'none'}).`;
  const { sequence } = payout.tracking;
  // guard: runs-of-this-history
  const check = withoutLostStreak(payout.tracking.check, history);
  const streak = check.refusedLookups;
  const asked = countFruitlessPoll(payout, requestedAt);
  const isNews = isSameSequence(asOf, sequence) && requestedAt > (streak?.until ?? 0);
  const isHeard = isNews && isOfThisHistory && isFinished(check, requestedAt);
  const counts = isHeard && event.byClientOrderId;
  const isOurs = isOurGateway(payout, gateway) && payout.gateway.orderId === null;
  if (!counts || !isOurs) return noted(asked, summary);
  // The first of a streak starts the frequent lookups, however old the payout is.
  const next =
    streak === null && payout.status === 'requested' ? pollImmediately(asked, now) : asked;
  const refusedLookups = lookupStreak(streak, event, policy.orderNotFoundCodes);
  const counted = remember(next, { askAtOnce: false, check: { ...check, refusedLookups } });
  return afterLookup(counted, summary, context);
};

/** The operator releases a second payout-check where no known order shows that lookups work. */
export const releaseSecondCheck: Rule<'check_released'> = (payout, { by }, context) => {
  const { now, history } = context;
  const { check } = payout.tracking;
  const { refusedLookups: streak } = withoutLostStreak(check, history);
  // The item may date from before a loss of history, or from before another attempt ended.
  const isShown = payout.attention.some(({ code }) => code === 'check_outcome_unknown');
  if (!isShown || streak === null || !isQuietStreak(streak, context)) {
    return refused(
      'check_not_releasable',
      'The gateway has not refused enough lookups of the order yet.',
    );
  }
  if (check.made >= CHECK_ATTEMPTS_MAX) {
    return refused('check_not_releasable', 'A second payout-check has been sent already.');
  }
  const released = remember(payout, { check: { ...check, released: true } });
  const next = pollImmediately(clear(released, 'check_outcome_unknown'), now);
  return applied(next, `${by} released a second payout-check.`);
};

/** Refused: in this status no payout-check waits for a release. */
export const noCheckToRelease: Rule<'check_released'> = () =>
  refused('check_not_releasable', 'No payout-check waits in this status.');

/** Kept in the journal only: the payout no longer waits for payout-check. */
export const ignoreLateCheckAnswer: Rule<'check_refused' | 'check_not_sent' | 'check_unknown'> = (
  payout,
) => noted(payout, 'An answer to payout-check came late; the payout has moved on.');
