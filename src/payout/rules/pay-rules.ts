/**
 * Rules for payout-pay: its intent, which lets the money move, and its answers, none of which says
 * that anybody was paid.
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
import { CALL_TIMEOUT_MS, NOT_SENT_TOLD_AFTER, PAY_ATTEMPTS_MAX } from '../model/limits.ts';
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
  const next = restartPolling(remember(payout, { pay: begun, equal: null }), now);
  const settled = clear(
    next,
    'paused',
    'check_too_old',
    'needs_new_authorization',
    'pay_outcome_unknown',
    'slow',
  );
  return notify(enter(settled, 'paying', now), 'Paying: payout-pay is on its way.', 'A');
}

/** The attempt has ended: replies requested before are no longer fresh, also in an equal run. */
const withEnded = (payout: Payout, pay: Tracking['pay']): Payout =>
  advance(remember(payout, { pay, equal: null }), 'attempt');

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.tracking.pay.open?.id === intentId;

/**
 * The last attempt did not happen. Back to before payout-pay when no other one can have arrived;
 * what the cashier said meanwhile counts from there on.
 */
function takeBack(payout: Payout, now: Instant, cause: string): Payout {
  const pay = unmakeAttempt(payout.tracking.pay, now);
  let next = withEnded(payout, pay);
  if (next.status !== 'paying') return next;
  if (pay.notSentInARow >= NOT_SENT_TOLD_AFTER) next = raise(next, 'not_sent', now, cause);
  if (pay.made > 0) return next;
  if (next.authorization.withheld) next = raise(next, 'paid_elsewhere', now);
  return enter(next, 'bank_confirmed', now);
}

export const sendFirstPay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayPay(payout, context, event.paused));

export const repeatPay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayRepeatPay(payout, context, event.paused));

export const payNotAllowed: Rule<'pay_intended'> = () =>
  refused('not_the_time', 'payout-pay may not be sent in this status.');

/**
 * The gateway answered a payout-pay that the row has no record of: it may be paid, so that nothing
 * stops the payout any more, and nothing more is sent for it.
 */
function withLostIntent(payout: Payout, now: Instant): Payout {
  const known = remember(payout, { answeredLostIntent: true });
  const shown = raise(known, 'lost_intent', now, 'payout-pay');
  const { pay } = shown.tracking;
  // It was answered with a doubt at most: it may still arrive for as long as a call lasts.
  const ended = { endedAt: now, settledAt: now + CALL_TIMEOUT_MS };
  if (isFinal(shown.status)) {
    const moneyMoved = shown.moneyMoved === 'no' ? 'unknown' : shown.moneyMoved;
    return withEnded({ ...shown, moneyMoved }, { ...pay, ...ended });
  }
  // Beside those on record: that one of them did not leave says nothing about it.
  const made = Math.min(pay.made + 1, PAY_ATTEMPTS_MAX);
  const counted = withEnded(shown, { ...pay, ...ended, made });
  return isBeforePay(counted.status) ? enter(counted, 'processing', now) : counted;
}

const lostIntent = (payout: Payout, now: Instant): Decision =>
  applied(
    restartPollingAfterAnswer(withLostIntent(payout, now), now),
    'The gateway answered a payout-pay that is not on record: a person has to look.',
  );

export const payAccepted: Rule<'pay_accepted'> = (payout, { intentId, orderId }, { now }) => {
  if (!knowsIntent(payout.tracking.pay, intentId)) return lostIntent(payout, now);
  let next = orderId === null ? payout : bindOrder(payout, orderId, now);
  if (isOpen(next, intentId)) {
    const pay = closeAttempt(next.tracking.pay, now, true);
    next = clear(withEnded(next, pay), 'not_sent', ...accessCodes);
  }
  const isOurs = orderId === null || orderId === next.gateway.orderId;
  if (next.status !== 'paying' || !isOurs) return noted(next, 'The gateway took payout-pay.');
  next = restartPollingAfterAnswer(
    enter(clear(next, 'pay_outcome_unknown'), 'processing', now),
    now,
  );
  return notify(next, 'The gateway took payout-pay; its bank is paying.', 'P');
};

export const payNotSent: Rule<'pay_not_sent'> = (payout, { intentId, cause }, context) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const says = `payout-pay did not leave (${cause}); nothing was paid by it.`;
  return stopAsWished(takeBack(payout, context.now, cause), says, context);
};

export const payOutcomeUnknown: Rule<'pay_unknown'> = (payout, event, { now }) => {
  const { intentId, cause } = event;
  if (!knowsIntent(payout.tracking.pay, intentId)) return lostIntent(payout, now);
  if (!isOpen(payout, intentId)) return noted(payout, `A closed attempt ended too (${cause}).`);
  // 403 and 429 too: a filter on the response answers so after the effect.
  const pay = closeAttempt(payout.tracking.pay, now, false);
  const next = restartPollingAfterAnswer(withEnded(clear(payout, 'not_sent'), pay), now);
  const says = `Whether payout-pay arrived is not known (${cause}); its status is requested.`;
  return applied(showRefusedAccess(next, event, now), says);
};

/** An answer to a closed attempt is late; one to an attempt that is not on record tells a loss. */
export const unexpectedPayAnswer: Rule<'pay_accepted' | 'pay_unknown'> = (
  payout,
  { intentId },
  { now },
) =>
  knowsIntent(payout.tracking.pay, intentId)
    ? noted(payout, 'A late answer to payout-pay; the payout has moved on.')
    : lostIntent(payout, now);

export const ignoreUnsentPay: Rule<'pay_not_sent'> = (payout) =>
  noted(payout, 'A payout-pay that did not leave; the payout has moved on.');
