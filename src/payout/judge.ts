/**
 * What a status reply means: the only thing that moves money state. A reply that is stale, about
 * another order or about a later event decides nothing, and "we do not know" stays open.
 */

import { clear, clearSettled, raise } from './attention.ts';
import { bindOrder, countFailedAsk } from './check-rules.ts';
import { type Context, noted, applied, type Decision, type Rule } from './decision.ts';
import { isLaterEvent } from './later-event.ts';
import {
  NEGATIVE_BELIEVED_AFTER_MS,
  NOT_SENT_TOLD_AFTER,
  UNLISTED_TOLD_AFTER_MS,
} from './limits.ts';
import { isSettled, knowsAttempt, remember, runOn, spread } from './memory.ts';
import { isSameAmount } from './money.ts';
import { backToConfirmed, telling } from './pay-rules.ts';
import { enter, type Payout } from './payout.ts';
import type { StatusReply } from './reply.ts';
import { STAGE_VALIDATED, STAGE_VALIDATING, stageKind } from './stage.ts';
import { isBeforePay, isFinal } from './status.ts';

type Reported = { askedAt: number; reply: StatusReply };

const isNegative = (status: string): status is 'declined' | 'filtered' | 'error' =>
  status === 'declined' || status === 'filtered' || status === 'error';

/** Why a reply may decide nothing at all; null when it may. */
function whyIgnored(payout: Payout, { askedAt, reply }: Reported): string | null {
  const { memory, gateway } = payout;
  if (isLaterEvent(reply.transactionType)) return 'A later event on this order was reported.';
  if (memory.reply !== null && askedAt <= memory.reply.askedAt) {
    return 'A stale status reply: a later one was read before.';
  }
  if (reply.orderId !== null && gateway.orderId !== null && reply.orderId !== gateway.orderId) {
    return 'A status reply about another order of this payout.';
  }
  if (!knowsAttempt(memory.pay, askedAt)) {
    return 'A status reply asked while payout-pay was under way.';
  }
  return null;
}

/** Takes down what the reply says beside its status: order, stage, bank reference, amount. */
function takeDown(payout: Payout, { askedAt, reply }: Reported, now: number): Payout {
  const { amount, currency } = reply;
  const differs =
    (amount !== null && !isSameAmount(amount, payout.money)) ||
    (currency !== null && currency.toUpperCase() !== payout.money.currency);
  const idsMatch =
    reply.orderId !== null &&
    reply.orderId === payout.gateway.orderId &&
    (reply.clientOrderId === null || reply.clientOrderId === payout.id);
  const validated =
    reply.status === 'processing' && reply.stage === STAGE_VALIDATED && idsMatch && !differs;
  const equal = runOn(payout.memory.equal, `${reply.status}/${reply.stage ?? ''}`, askedAt);
  const askAtOnce = payout.memory.askAtOnce && askedAt < payout.memory.touchedAt;
  let next: Payout = {
    ...payout,
    gateway: {
      ...payout.gateway,
      stage: reply.stage ?? payout.gateway.stage,
      processorTxId: reply.processorTxId ?? payout.gateway.processorTxId,
    },
  };
  if (equal.count === 1) next = clear(next, 'unlisted_answer');
  next = remember(next, {
    reply: { askedAt, status: reply.status, validated },
    equal,
    askAtOnce,
    asks: payout.memory.asks + 1,
    failedAsks: 0,
  });
  if (!differs) {
    // Only a reply that shows the amount can take the doubt about it away.
    return amount === null ? next : clear(next, 'amount_mismatch');
  }
  const ours = `${payout.money.amountMinor} ${payout.money.currency} minor units`;
  return raise(next, 'amount_mismatch', now, `ours ${ours}, shown ${amount} ${currency}`);
}

function approve(payout: Payout, now: number): Decision {
  const says = 'The gateway says approved: the receiver is paid.';
  return telling(enter(clearSettledKeepingAmount(payout), 'approved', now), says, 'P', 'Y');
}

/** An end settles every doubt but the one about the amount, which is as open as before. */
function clearSettledKeepingAmount(payout: Payout): Payout {
  const mismatch = payout.attention.find((entry) => entry.code === 'amount_mismatch');
  const cleared = clearSettled(payout);
  return mismatch === undefined
    ? cleared
    : { ...cleared, attention: [...cleared.attention, mismatch] };
}

function approvedTooEarly(payout: Payout, now: number): Decision {
  const next = raise(remember(payout, { approvedBeforePay: true }), 'approved_before_pay', now);
  const says = 'The gateway says approved, but payout-pay was never sent: a person has to look.';
  return applied(enter(next, 'processing', now), says);
}

function end(payout: Payout, reply: StatusReply, now: number): Decision {
  assertNegative(reply.status);
  const paid = !isBeforePay(payout.status);
  const reason = {
    source: 'gateway',
    code: reply.errorCode,
    message: reply.errorMessage,
  } as const;
  const ended = { ...enter(clearSettledKeepingAmount(payout), reply.status, now), reason };
  const says = `The gateway says ${reply.status}: the receiver is not paid.`;
  return paid ? telling(ended, says, 'P', 'J') : telling(ended, says, 'J');
}

function assertNegative(status: string): asserts status is 'declined' | 'filtered' | 'error' {
  if (!isNegative(status)) throw new TypeError(`not a negative status: ${status}`);
}

/** A negative status: an end, unless the stage beside it says that something is still going on. */
function judgeNegative(payout: Payout, reported: Reported, context: Context): Decision {
  const { now, policy } = context;
  const { reply, askedAt } = reported;
  const kind = stageKind(reply.stage);
  const paid = !isBeforePay(payout.status);
  if (payout.memory.approvedBeforePay) {
    return applied(payout, `The gateway now says ${reply.status}; a person has to resolve it.`);
  }
  if (paid && !isSettled(payout.memory.pay, askedAt)) {
    return applied(payout, `The gateway says ${reply.status}, but payout-pay may still arrive.`);
  }
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (paid && reply.status === 'error' && (kind === 'error_end' || kind === 'missing')) {
    if (policy.errorMeansDeclined) return end(payout, reply, now);
    const says = 'The gateway says error and does not know the result itself.';
    return telling(
      raise(toProcessing(payout, now), 'gateway_error', now),
      says,
      ...pLetter(payout),
    );
  }
  const undecided = kind === 'still_deciding' || (paid && kind === 'open');
  const { equal } = payout.memory;
  if (undecided && (equal === null || spread(equal) < NEGATIVE_BELIEVED_AFTER_MS)) {
    const says = `The gateway says ${reply.status} in a stage that goes on; it is asked again.`;
    return telling(toProcessing(payout, now), says, ...pLetter(payout));
  }
  return end(payout, reply, now);
}

/** Out of `paying`, because the order shows that payout-pay arrived. */
const toProcessing = (payout: Payout, now: number): Payout =>
  payout.status === 'paying' ? enter(payout, 'processing', now) : payout;

/** `P` goes with the step out of `paying`. */
const pLetter = (payout: Payout): ['P'] | [] => (payout.status === 'paying' ? ['P'] : []);

/** An answer outside the lists: asked again for ever, and shown to a person after a while. */
function stay(payout: Payout, reply: StatusReply, now: number): Decision {
  const word = `${reply.status}/${reply.stage ?? 'no stage'}`;
  const { equal } = payout.memory;
  const long = equal !== null && spread(equal) >= UNLISTED_TOLD_AFTER_MS;
  const says = `The gateway says ${word}, which decides nothing; it is asked again.`;
  return applied(long ? raise(payout, 'unlisted_answer', now, word) : payout, says);
}

/** `processing` before payout-pay: the stage says whether the bank has confirmed. */
function judgeCheck(payout: Payout, { reply }: Reported, now: number): Decision {
  if (payout.memory.reply?.validated === true) {
    const says = 'The bank confirmed the payout.';
    return applied(enter(payout, 'bank_confirmed', now), says);
  }
  if (payout.gateway.orderId === null) {
    return applied(payout, 'The gateway answered without naming its order; it is asked again.');
  }
  if (reply.stage === STAGE_VALIDATED) {
    const says = 'The bank confirmed another amount than ours: it is held.';
    return applied(enter(payout, 'bank_confirmed', now), says);
  }
  const known = reply.stage === null || reply.stage === STAGE_VALIDATING;
  const next = enter(payout, 'bank_confirming', now);
  return known ? applied(next, 'The bank has not confirmed yet.') : stay(next, reply, now);
}

/** `processing` after payout-pay: the stage, or a form for the receiver, shows that it arrived. */
function judgePayment(payout: Payout, { reply }: Reported, now: number): Decision {
  if (reply.redirectTo !== null) {
    const next = enter(clear(payout, 'pay_outcome_unknown'), 'awaiting_receiver', now);
    const gateway = { ...next.gateway, redirectUrl: reply.redirectTo };
    return telling({ ...next, gateway }, 'The receiver has to fill in a form.', 'P');
  }
  const kind = stageKind(reply.stage);
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (payout.status !== 'paying') return applied(payout, 'The gateway is still paying.');
  if (reply.stage === STAGE_VALIDATED && payout.memory.pay.turnedAway) {
    return turnedAwayForGood(payout, now);
  }
  if (kind === 'missing') return stay(payout, reply, now);
  if (reply.stage === STAGE_VALIDATED || reply.stage === STAGE_VALIDATING) {
    return applied(payout, 'The order does not show payout-pay yet; it is asked again.');
  }
  const next = enter(clear(payout, 'pay_outcome_unknown'), 'processing', now);
  return telling(next, 'The order shows that payout-pay arrived.', 'P');
}

/** A fresh reply after 403 or 429 still says validated: that payout-pay did not happen. */
function turnedAwayForGood(payout: Payout, now: number): Decision {
  const { pay } = payout.memory;
  const notSentInARow = pay.notSentInARow + 1;
  const unmade = { ...pay, made: pay.made - 1, turnedAway: false, notSentInARow };
  let next = backToConfirmed(remember(payout, { pay: unmade }), now);
  if (notSentInARow >= NOT_SENT_TOLD_AFTER) next = raise(next, 'not_sent', now);
  return applied(next, 'payout-pay was turned away and did not happen; it will be tried again.');
}

/** A final payout is only watched: a contrary end is told to a person and moves nothing. */
function judgeFinal(payout: Payout, { reply }: Reported, now: number): Decision {
  const approved = payout.status === 'approved';
  const contrary = approved ? isNegative(reply.status) : reply.status === 'approved';
  if (!contrary) return noted(payout, `Watched after the end: the gateway says ${reply.status}.`);
  const detail = `ended ${payout.status}, now ${reply.status}`;
  const doubted: Payout = { ...payout, moneyMoved: 'unknown' };
  const next = raise(doubted, 'final_contradicted', now, detail);
  return applied(next, 'The gateway contradicts the end of this payout: a person has to look.');
}

/** The rule for a status reply, in every status of a payout. */
export const judge: Rule<'status_reported'> = (payout, event, context) => {
  const { now } = context;
  const why = whyIgnored(payout, event);
  if (why !== null) {
    const { orderId, clientOrderId, transactionType } = event.reply;
    const ours = clientOrderId === null || clientOrderId === payout.id;
    let next = orderId !== null && ours ? bindOrder(payout, orderId, now) : payout;
    if (isLaterEvent(transactionType)) next = raise(next, 'later_event', now, transactionType);
    return applied(countFailedAsk(next), why);
  }
  const { orderId } = event.reply;
  let next = orderId === null ? payout : bindOrder(payout, orderId, now);
  next = clear(takeDown(next, event, now), 'access_refused', 'check_outcome_unknown');
  if (isFinal(next.status)) return judgeFinal(next, event, now);
  if (next.status === 'requested') return noted(next, 'A status reply before payout-check.');
  const { status } = event.reply;
  const before = isBeforePay(next.status);
  if (status === 'approved') {
    return before || next.memory.approvedBeforePay
      ? approvedTooEarly(next, now)
      : approve(next, now);
  }
  if (isNegative(status)) return judgeNegative(next, event, context);
  if (status !== 'processing') return stay(next, event.reply, now);
  if (next.memory.approvedBeforePay) return applied(next, 'The gateway is still paying.');
  return before ? judgeCheck(next, event, now) : judgePayment(next, event, now);
};
