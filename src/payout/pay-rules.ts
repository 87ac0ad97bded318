/**
 * Rules for payout-pay: its intent, which lets the money move, and its answers, none of which says
 * that anybody was paid.
 */

import { clear, raise } from './attention.ts';
import { bindOrder } from './check-rules.ts';
import { applied, type Decision, noted, type Rule, refused } from './decision.ts';
import type { Letter } from './letter.ts';
import { NOT_SENT_TOLD_AFTER } from './limits.ts';
import { mayPay, mayRepeatPay, type PayPermission } from './may-pay.ts';
import { closeAttempt, remember, touch, unmakeAttempt } from './memory.ts';
import { enter, type Payout } from './payout.ts';

/** The letters that the platform has not been told yet, and the payout that remembers them as told. */
export function tell(payout: Payout, ...wanted: Letter[]): { payout: Payout; letters: Letter[] } {
  const letters = wanted.filter((letter) => !payout.memory.lettersSent.includes(letter));
  if (letters.length === 0) return { payout, letters };
  const lettersSent = payout.memory.lettersSent + letters.join('');
  return { payout: remember(payout, { lettersSent }), letters };
}

/** An applied decision whose letters are told only once in the payout's life. */
export function telling(payout: Payout, says: string, ...wanted: Letter[]): Decision {
  const told = tell(payout, ...wanted);
  return applied(told.payout, says, ...told.letters);
}

function intend(
  payout: Payout,
  event: Parameters<Rule<'pay_intended'>>[1],
  now: number,
  permission: PayPermission,
): Decision {
  if (permission.kind !== 'may_pay') {
    return refused('not_the_time', 'payout-pay may not be sent now.');
  }
  const { pay } = payout.memory;
  const begun = { ...pay, open: event.intent, made: pay.made + 1, turnedAway: false };
  const next = touch(remember(payout, { pay: begun, equal: null }), now, false);
  const settled = clear(next, 'paused', 'check_too_old', 'pay_outcome_unknown', 'slow');
  return telling(enter(settled, 'paying', now), 'Paying: payout-pay is on its way.', 'A');
}

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.memory.pay.open?.id === intentId;

/** Back to before payout-pay, when no attempt can have reached the gateway. */
export function backToConfirmed(payout: Payout, now: number): Payout {
  return payout.memory.pay.made === 0 && payout.status === 'paying'
    ? enter(payout, 'bank_confirmed', now)
    : payout;
}

export const send: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context.now, mayPay(payout, context, event.paused));

export const repay: Rule<'pay_intended'> = (payout, event, context) =>
  intend(payout, event, context.now, mayRepeatPay(payout, context, event.paused));

export const accept: Rule<'pay_accepted'> = (payout, { intentId, orderId }, { now }) => {
  let next = orderId === null ? payout : bindOrder(payout, orderId, now);
  const wasOpen = isOpen(next, intentId);
  if (wasOpen) {
    const pay = { ...closeAttempt(next.memory.pay, now, true), turnedAway: false };
    next = clear(remember(next, { pay }), 'not_sent', 'access_refused', 'pay_outcome_unknown');
  }
  if (next.status !== 'paying' || orderId !== next.gateway.orderId) {
    return noted(next, 'The gateway took payout-pay.');
  }
  next = touch(enter(next, 'processing', now), now, false);
  return telling(next, 'The gateway took payout-pay; its bank is paying.', 'P');
};

export const unpaid: Rule<'pay_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const pay = unmakeAttempt(payout.memory.pay, now);
  let next = backToConfirmed(remember(payout, { pay }), now);
  if (pay.notSentInARow >= NOT_SENT_TOLD_AFTER) next = raise(next, 'not_sent', now, cause);
  return applied(next, `payout-pay did not leave (${cause}); nothing was paid by it.`);
};

export const away: Rule<'pay_turned_away'> = (payout, { intentId, httpStatus }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt was turned away.');
  const pay = { ...closeAttempt(payout.memory.pay, now, true), turnedAway: true };
  const kept = { ...pay, notSentInARow: payout.memory.pay.notSentInARow };
  const next = touch(remember(payout, { pay: kept }), now, false);
  const says = `The gateway turned payout-pay away (HTTP ${httpStatus}); its status is asked.`;
  return applied(httpStatus === 403 ? raise(next, 'access_refused', now) : next, says);
};

export const unsure: Rule<'pay_unknown'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, `A closed attempt ended too (${cause}).`);
  const pay = closeAttempt(payout.memory.pay, now, false);
  const next = touch(remember(payout, { pay }), now, false);
  return applied(next, `Whether payout-pay arrived is not known (${cause}); its status is asked.`);
};

export const forbid: Rule<'pay_intended'> = () =>
  refused('not_the_time', 'payout-pay may not be sent in this status.');

export const idle: Rule<'pay_accepted' | 'pay_not_sent' | 'pay_turned_away' | 'pay_unknown'> = (
  payout,
) => noted(payout, 'A late answer to payout-pay; the payout has moved on.');
