/**
 * Rules for payout-check: its intent, its answers, and what a lookup by client_orderid tells when
 * nobody knows whether it arrived. payout-check never pays, so an end here moved no money.
 */

import type { Instant } from '../../lib/clock.ts';
import { accessCodes, clear, clearSettled, raise } from '../model/attention.ts';
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
import { CHECK_ATTEMPTS_MAX, NOT_SENT_TOLD_AFTER } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import type { CheckAttempts, LookupStreak } from '../model/tracking.ts';
import {
  closeAttempt,
  countFruitlessPoll,
  extendStreak,
  isSameSequence,
  isSettled,
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

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.tracking.check.open?.id === intentId;

const notNow = (says: string): Decision => refused('not_the_time', says);

/** The intent of a payout-check that may leave. */
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
  const cleared = clear(payout, 'checks_paused', 'check_outcome_unknown');
  const next = restartPolling(remember(cleared, { check: begun }), now);
  return applied(enter(next, 'checking', now), 'Asking the bank: payout-check is on its way.');
}

/** The attempts without the lookups before now, nor what a person released on them. */
const withoutRun = (check: CheckAttempts): CheckAttempts => ({
  ...check,
  refusedLookups: null,
  released: false,
});

/** The one guard of both payout-checks, so that a wrong clock or gateway stops either. */
const intendCheck =
  (may: typeof mayCheck): Rule<'check_intended'> =>
  (payout, event, context) => {
    if (!context.isClockTrusted) return notNow("This machine's clock is wrong.");
    if (!may(payout, context)) return notNow('payout-check may not be sent now.');
    return beginCheck(payout, event, context);
  };

export const sendFirstCheck: Rule<'check_intended'> = intendCheck(mayCheck);

export const repeatCheck: Rule<'check_intended'> = intendCheck(mayRepeatCheck);

export const checkNotAllowed: Rule<'check_intended'> = () =>
  notNow('payout-check is not sent in this status.');

/** The gateway answered an attempt that the row does not have: what else it lost is not known. */
function withLostIntent(payout: Payout, intentId: string, now: Instant): Payout {
  if (knowsIntent(payout.tracking.check, intentId)) return payout;
  const lost = remember(payout, { answeredLostIntent: true });
  return raise(lost, 'lost_intent', now, 'payout-check');
}

export const checkAccepted: Rule<'check_accepted'> = (payout, { intentId, orderId }, context) => {
  const { now, history } = context;
  let next = withLostIntent(bindOrder(payout, orderId, now), intentId, now);
  const { open } = payout.tracking.check;
  if (open?.id === intentId) {
    next = remember(next, { check: closeAttempt(next.tracking.check, now, true) });
    // The order is of this very payout-check, which left after every lookup had found none: unless
    // it left before history was lost, which may have paid its order since.
    if (open.at >= history.startedAt) next = verified(next, history);
  }
  next = clear(next, 'not_sent', ...accessCodes, 'check_outcome_unknown');
  if (next.status === 'requested' || next.status === 'checking') {
    next = restartPollingAfterAnswer(enter(next, 'bank_confirming', now), now);
  }
  return applied(next, `The gateway took payout-check as its order ${orderId}.`);
};

/** The gateway refused payout-check and has no order for it: nothing is or will be paid. */
function endRefused(
  payout: Payout,
  { code, message }: { code: string | null; message: string | null },
  now: Instant,
): Decision {
  const reason = { source: 'gateway', code, message } as const;
  const ended = { ...enter(clearSettled(payout), 'declined', now), reason };
  return notify(ended, 'The gateway refused payout-check as invalid; nothing was paid.', 'J');
}

export const checkRefused: Rule<'check_refused'> = (payout, event, context) => {
  const { now } = context;
  if (!isOpen(payout, event.intentId)) {
    return noted(payout, 'A late refusal of payout-check; the payout has moved on.');
  }
  const { code, message } = event;
  const closed = closeAttempt(payout.tracking.check, now, true);
  const next = remember(clear(payout, 'not_sent', ...accessCodes), { check: withoutRun(closed) });
  const { answeredLostIntent, namedOrderId } = payout.tracking;
  // An order that a callback named speaks against the refusal: it may be a repeat of its own.
  const hasOrder = payout.gateway.orderId !== null || namedOrderId !== null;
  const isFirst = closed.made === 1 && !hasOrder;
  // guard: refusal-in-new-epoch
  if (isFirst && !isInNewEpoch(payout, context) && !answeredLostIntent) {
    return endRefused(next, event, now);
  }
  // An earlier attempt may have made the order, or one from a history that was lost.
  const waiting = remember(next, {
    check: { ...next.tracking.check, refusedWith: { code, message } },
  });
  const says = 'The gateway refused payout-check; its order is looked up before that decides.';
  return applied(restartPollingAfterAnswer(waiting, now), says);
};

export const checkNotSent: Rule<'check_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const check = withoutRun(unmakeAttempt(payout.tracking.check, now));
  const next = remember(payout, { check });
  // Anywhere else the payout has moved on meanwhile, by an end or by an order that a lookup found.
  if (next.status !== 'checking') {
    return noted(next, `payout-check did not leave (${cause}); the payout has moved on.`);
  }
  const told =
    check.notSentInARow >= NOT_SENT_TOLD_AFTER ? raise(next, 'not_sent', now, cause) : next;
  const says = `payout-check did not leave (${cause}); it will be tried again.`;
  return applied(check.made === 0 ? enter(told, 'requested', now) : told, says);
};

export const checkOutcomeUnknown: Rule<'check_unknown'> = (payout, event, { now }) => {
  const { intentId, cause } = event;
  if (!isOpen(payout, intentId)) {
    const shown = withLostIntent(payout, intentId, now);
    return noted(shown, `An attempt that is not open ended too (${cause}).`);
  }
  // Lookups from before a late end say nothing about this attempt.
  const check = withoutRun(closeAttempt(payout.tracking.check, now, false));
  const next = restartPollingAfterAnswer(remember(clear(payout, 'not_sent'), { check }), now);
  const says = `Whether payout-check arrived is not known (${cause}); it is looked up.`;
  return applied(showRefusedAccess(next, event, now), says);
};

/** The run of refused lookups with one more in it. */
function lookupStreak(
  run: LookupStreak | null,
  { askedAt, code, knownAnsweredAt = null }: EventOf<'status_refused'>,
  mapped: readonly string[],
): LookupStreak {
  const key = code ?? '';
  // Codes are opaque unless mapped, so refusals with different codes still form one run.
  const goesOn = run !== null && mapped.includes(run.key) === mapped.includes(key);
  const next = extendStreak(goesOn ? { ...run, key } : null, key, askedAt);
  const before = goesOn ? run.knownAnsweredAt : null;
  const isSince = knownAnsweredAt !== null && knownAnsweredAt >= next.since;
  return { ...next, knownAnsweredAt: isSince ? knownAnsweredAt : before };
}

/** What follows once the gateway has said, often enough, that it has no order. */
function afterLookup(payout: Payout, says: string, context: Context): Decision {
  const { now, history } = context;
  const { check } = payout.tracking;
  if (check.refusedLookups === null) return noted(payout, says);
  if (!isOrderKnownAbsent(payout, context)) {
    const isUnproven =
      isQuietStreak(check.refusedLookups, context) && needsAllLookups(payout, context);
    return applied(isUnproven ? raise(payout, 'check_outcome_unknown', now) : payout, says);
  }
  const known = verified(payout, history);
  if (check.refusedWith !== null) return endRefused(known, check.refusedWith, now);
  const isSpent = check.made >= CHECK_ATTEMPTS_MAX;
  return applied(isSpent ? raise(known, 'check_outcome_unknown', now) : known, says);
}

/** The attempts without what was counted or released before history was lost. */
const withoutLostStreak = (check: CheckAttempts, { startedAt }: History): CheckAttempts =>
  check.refusedLookups !== null && check.refusedLookups.since >= startedAt
    ? check
    : withoutRun(check);

export const lookupRefused: Rule<'status_refused'> = (payout, event, context) => {
  const { now, policy, gateway, history } = context;
  const { askedAt, asOf } = event;
  const isOfThisHistory = askedAt >= history.startedAt;
  const says = `The gateway refused the lookup (code ${event.code ?? 'none'}).`;
  const { sequence } = payout.tracking;
  // guard: runs-of-this-history
  const check = withoutLostStreak(payout.tracking.check, history);
  const run = check.refusedLookups;
  const asked = countFruitlessPoll(payout, askedAt);
  const isNews = isSameSequence(asOf, sequence) && askedAt > (run?.until ?? 0);
  const isHeard = isNews && isOfThisHistory && isSettled(check, askedAt);
  const counts = isHeard && event.byClientOrderId;
  const isOurs = isOurGateway(payout, gateway) && payout.gateway.orderId === null;
  if (!counts || !isOurs) return noted(asked, says);
  // The first of a run begins the frequent lookups, however old the payout is.
  const next = run === null && payout.status === 'requested' ? pollImmediately(asked, now) : asked;
  const refusedLookups = lookupStreak(run, event, policy.orderNotFoundCodes);
  const counted = remember(next, { askAtOnce: false, check: { ...check, refusedLookups } });
  return afterLookup(counted, says, context);
};

/** A person's command in place of a known order that shows that lookups work. */
export const releaseSecondCheck: Rule<'check_released'> = (payout, { by }, context) => {
  const { now, history } = context;
  const { check } = payout.tracking;
  const { refusedLookups: run } = withoutLostStreak(check, history);
  // The item may be from before history was lost, or from before another attempt ended.
  const isShown = payout.attention.some(({ code }) => code === 'check_outcome_unknown');
  if (!isShown || run === null || !isQuietStreak(run, context)) {
    return refused(
      'check_not_releasable',
      'The gateway has not said often enough that it has none.',
    );
  }
  if (check.made >= CHECK_ATTEMPTS_MAX) {
    return refused('check_not_releasable', 'A second payout-check has been sent already.');
  }
  const released = remember(payout, { check: { ...check, released: true } });
  const next = pollImmediately(clear(released, 'check_outcome_unknown'), now);
  return applied(next, `${by} let another payout-check go.`);
};

export const noCheckToRelease: Rule<'check_released'> = () =>
  refused('check_not_releasable', 'No payout-check waits in this status.');

export const ignoreLateCheckAnswer: Rule<'check_refused' | 'check_not_sent' | 'check_unknown'> = (
  payout,
) => noted(payout, 'A late answer to payout-check; the payout has moved on.');
