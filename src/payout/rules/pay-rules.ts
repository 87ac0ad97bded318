/**
 * Rules for payout-pay: its intent, which lets the money move, and its answers, none of which shows
 * that the receiver was paid. Whether it may be sent is decided in policy/may-pay.ts, and whether
 * the receiver is paid in judge.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { accessCodes, clear, raise } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { CALL_TIMEOUT_MS, NOT_SENT_SHOWN_AFTER, PAY_ATTEMPTS_MAX } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import { isBeforePay, isFinal } from '../model/status.ts';
import type { Tracking } from '../model/tracking.ts';
import {
  advance,
  closeAttempt,
  knowsIntent,
  remember,
  restartPolling,
  restartPollingAfterAnswer,
  unmakeAttempt,
  withClosedId,
} from '../policy/attempts-and-polls.ts';
import { mayPay, mayRepeatPay, type PayPermission } from '../policy/may-pay.ts';
import { withdrawn } from '../policy/withdrawal.ts';
import { bindOrder } from '../policy/order.ts';
import { showRefusedAccess } from './access.ts';
import { notify } from './notify.ts';
import { stopAsWished } from './stop-wish.ts';

function intend(
  payout: Payout,
  { intent }: EventOf<'pay_intended'>,
  { now, isClockTrusted }: Context,
  permission: PayPermission,
): Decision {
  if (permission.kind !== 'may_pay' || !isClockTrusted) {
    return refused('not_the_time', 'payout-pay may not be sent now.');
  }
  const { pay } = payout.tracking;
  const closedIds = withClosedId(pay);
  const begun = { ...pay, open: intent, closedIds, made: pay.made + 1 };
  const next = restartPolling(remember(payout, { pay: begun, streak: null }), now);
  const cleared = clear(
    next,
    'paused',
    'check_too_old',
    'needs_new_authorization',
    'pay_outcome_unknown',
    'slow',
  );
  return notify(enter(cleared, 'paying', now), 'The service pays: payout-pay is being sent.', 'A');
}

/** The attempt has ended: replies requested before are no longer fresh, nor is their streak. */
const withEnded = (payout: Payout, pay: Tracking['pay']): Payout =>
  advance(remember(payout, { pay, streak: null }), 'attempt');

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.tracking.pay.open?.id === intentId;

/**
 * The last attempt did not happen. If no other one can have arrived, the payout is
 * `bank_confirmed` again, and what the cashier reported, or a client took back, takes effect.
 */
function undoAttempt(payout: Payout, now: Instant, cause: string): Payout {
  const pay = unmakeAttempt(payout.tracking.pay, now);
  let next = withEnded(payout, pay);
  if (next.status !== 'paying') return next;
  if (pay.notSentInARow >= NOT_SENT_SHOWN_AFTER) next = raise(next, 'not_sent', now, cause);
  if (pay.made > 0) return next;
  if (next.tracking.deauthorizeWish) next = withdrawn(next, now);
  else if (next.authorization.withheld) next = raise(next, 'paid_elsewhere', now);
  return enter(next, 'bank_confirmed', now);
}

/** Sends the first payout-pay if mayPay still holds inside this write. */
export const sendFirstPay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayPay(payout, context, event.paused));

/** Repeats payout-pay after enough equal fresh replies over the quiet period. */
export const repeatPay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayRepeatPay(payout, context, event.paused));

export const payNotAllowed: Rule<'pay_intended'> = () =>
  refused('not_the_time', 'payout-pay may not be sent in this status.');

/**
 * The gateway answered a payout-pay that is not on record. The payout may be paid, so it can no
 * longer be stopped, and no further payout-pay leaves for it.
 */
function withLostIntent(payout: Payout, now: Instant): Payout {
  const known = remember(payout, { answeredLostIntent: true });
  const shown = raise(known, 'lost_intent', now, 'payout-pay');
  const { pay } = shown.tracking;
  // Its answer may prove nothing: it may still arrive within the time of a call.
  const ended = { endedAt: now, finishedAt: now + CALL_TIMEOUT_MS };
  if (isFinal(shown.status)) {
    const moneyMoved = shown.moneyMoved === 'no' ? 'unknown' : shown.moneyMoved;
    return withEnded({ ...shown, moneyMoved }, { ...pay, ...ended });
  }
  // It counts in addition to those on record: if one of them did not leave, it may still have.
  const made = Math.min(pay.made + 1, PAY_ATTEMPTS_MAX);
  const counted = withEnded(shown, { ...pay, ...ended, made });
  return isBeforePay(counted.status) ? enter(counted, 'processing', now) : counted;
}

const lostIntent = (payout: Payout, now: Instant): Decision =>
  applied(
    restartPollingAfterAnswer(withLostIntent(payout, now), now),
    'The gateway answered a payout-pay that is not on record.',
  );

/** The gateway accepted payout-pay; a payout in `paying` is then `processing`. */
export const payAccepted: Rule<'pay_accepted'> = (payout, { intentId, orderId }, { now }) => {
  if (!knowsIntent(payout.tracking.pay, intentId)) return lostIntent(payout, now);
  let next = orderId === null ? payout : bindOrder(payout, orderId, now);
  if (isOpen(next, intentId)) {
    const pay = closeAttempt(next.tracking.pay, now, true);
    next = clear(withEnded(next, pay), 'not_sent', ...accessCodes);
  }
  const isOurs = orderId === null || orderId === next.gateway.orderId;
  if (next.status !== 'paying' || !isOurs) return noted(next, 'The gateway accepted payout-pay.');
  next = restartPollingAfterAnswer(
    enter(clear(next, 'pay_outcome_unknown'), 'processing', now),
    now,
  );
  return notify(next, 'The gateway accepted payout-pay; its bank is paying.', 'P');
};

/** The attempt does not count; a payout without another one is `bank_confirmed` again. */
export const payNotSent: Rule<'pay_not_sent'> = (payout, { intentId, cause }, context) => {
  if (!isOpen(payout, intentId))
    return noted(payout, 'An attempt that is closed did not leave either.');
  const summary = `payout-pay did not leave (${cause}); it paid nothing.`;
  return stopAsWished(undoAttempt(payout, context.now, cause), summary, context);
};

/** The attempt is over and its outcome unknown: the status is polled. */
export const payOutcomeUnknown: Rule<'pay_unknown'> = (payout, event, { now }) => {
  const { intentId, cause } = event;
  if (!knowsIntent(payout.tracking.pay, intentId)) return lostIntent(payout, now);
  if (!isOpen(payout, intentId))
    return noted(payout, `An attempt that is closed ended too (${cause}).`);
  // Also after 403 and 429: a filter of the response may answer so after the effect.
  const pay = closeAttempt(payout.tracking.pay, now, false);
  const next = restartPollingAfterAnswer(withEnded(clear(payout, 'not_sent'), pay), now);
  const summary = `It is unknown whether payout-pay arrived (${cause}); the status is polled.`;
  return applied(showRefusedAccess(next, event, now), summary);
};

/** An answer to a closed attempt is late; one to an attempt not on record shows lost history. */
export const unexpectedPayAnswer: Rule<'pay_accepted' | 'pay_unknown'> = (
  payout,
  { intentId },
  { now },
) =>
  knowsIntent(payout.tracking.pay, intentId)
    ? noted(payout, 'An answer to payout-pay came late; the payout has moved on.')
    : lostIntent(payout, now);

/** Kept in the journal only: in this status no payout-pay is open. */
export const ignoreUnsentPay: Rule<'pay_not_sent'> = (payout) =>
  noted(payout, 'A payout-pay did not leave; the payout has moved on.');
