/**
 * Rules for payout-pay: its intent, which lets the money move, and its answers, none of which says
 * that anybody was paid.
 */

import { showRefusedAccess } from './access.ts';
import { accessCodes, clear, raise } from './attention.ts';
import { applied, type Context, type Decision, noted, type Rule, refused } from './decision.ts';
import type { EventOf } from './event.ts';
import type { Instant } from './instant.ts';
import { NOT_SENT_TOLD_AFTER } from './limits.ts';
import { mayPay, mayRepeatPay, type PayPermission } from './may-pay.ts';
import { closeAttempt, remember, touch, touchAnswered, unmakeAttempt } from './memory.ts';
import { bindOrder } from './order.ts';
import { enter, type Memory, type Payout } from './payout.ts';
import { telling } from './telling.ts';

function intend(
  payout: Payout,
  { intent }: EventOf<'pay_intended'>,
  { now }: Context,
  permission: PayPermission,
): Decision {
  if (permission.kind !== 'may_pay') {
    return refused('not_the_time', 'payout-pay may not be sent now.');
  }
  const { pay } = payout.memory;
  const begun = { ...pay, open: intent, made: pay.made + 1, turnedAway: false };
  const next = touch(remember(payout, { pay: begun, equal: null }), now);
  const settled = clear(next, 'paused', 'check_too_old', 'pay_outcome_unknown', 'slow');
  return telling(enter(settled, 'paying', now), 'Paying: payout-pay is on its way.', 'A');
}

/** The attempt has ended: replies asked before are no longer fresh, also in a run of equal ones. */
const withEnded = (payout: Payout, pay: Memory['pay']): Payout =>
  remember(payout, { pay, equal: null });

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.memory.pay.open?.id === intentId;

/**
 * The last attempt did not happen. Back to before payout-pay when no other one can have arrived;
 * what the cashier said meanwhile counts from there on.
 */
export function takeBack(payout: Payout, now: Instant, cause: string): Payout {
  const pay = { ...unmakeAttempt(payout.memory.pay, now), turnedAway: false };
  let next = withEnded(payout, pay);
  if (next.status !== 'paying') return next;
  if (pay.notSentInARow >= NOT_SENT_TOLD_AFTER) next = raise(next, 'not_sent', now, cause);
  if (pay.made > 0) return next;
  if (next.authorization.withheld) next = raise(next, 'paid_elsewhere', now);
  return enter(next, 'bank_confirmed', now);
}

export const send: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayPay(payout, context, event.paused));

export const repay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context, mayRepeatPay(payout, context, event.paused));

export const forbid: Rule<'pay_intended'> = () =>
  refused('not_the_time', 'payout-pay may not be sent in this status.');

export const accept: Rule<'pay_accepted'> = (payout, { intentId, orderId }, { now }) => {
  let next = orderId === null ? payout : bindOrder(payout, orderId, now);
  if (isOpen(next, intentId)) {
    const pay = { ...closeAttempt(next.memory.pay, now, true), turnedAway: false };
    next = clear(withEnded(next, pay), 'not_sent', ...accessCodes);
  }
  const isOurs = orderId === null || orderId === next.gateway.orderId;
  if (next.status !== 'paying' || !isOurs) return noted(next, 'The gateway took payout-pay.');
  next = touchAnswered(enter(clear(next, 'pay_outcome_unknown'), 'processing', now), now);
  return telling(next, 'The gateway took payout-pay; its bank is paying.', 'P');
};

export const unpaid: Rule<'pay_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const says = `payout-pay did not leave (${cause}); nothing was paid by it.`;
  return applied(takeBack(payout, now, cause), says);
};

export const away: Rule<'pay_turned_away'> = (payout, event, { now }) => {
  const { intentId, httpStatus } = event;
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt was turned away.');
  const { notSentInARow } = payout.memory.pay;
  const pay = { ...closeAttempt(payout.memory.pay, now, true), turnedAway: true, notSentInARow };
  const next = touchAnswered(withEnded(payout, pay), now);
  const says = `The gateway turned payout-pay away (HTTP ${httpStatus}); its status is asked.`;
  return applied(showRefusedAccess(next, event, now), says);
};

export const unsure: Rule<'pay_unknown'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, `A closed attempt ended too (${cause}).`);
  const pay = closeAttempt(payout.memory.pay, now, false);
  const next = touchAnswered(withEnded(clear(payout, 'not_sent'), pay), now);
  return applied(next, `Whether payout-pay arrived is not known (${cause}); its status is asked.`);
};

export const idle: Rule<'pay_accepted' | 'pay_not_sent' | 'pay_turned_away' | 'pay_unknown'> = (
  payout,
) => noted(payout, 'A late answer to payout-pay; the payout has moved on.');
