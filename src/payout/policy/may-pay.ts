/**
 * Whether payout-pay may be sent: the one place that lets money move. Pure, and called twice: by
 * policy/schedule.ts when the runner chooses its step, and by rules/pay-rules.ts inside the write
 * that commits the intent.
 */

import type { Instant } from '../../lib/clock.ts';
import { type AttentionCode, hasNewerAttention } from '../model/attention.ts';
import type { Context } from '../model/decision.ts';
import {
  CHECK_RELIED_ON_MS,
  FRESH_REPLY_MS,
  PAY_ATTEMPTS_MAX,
  REPEAT_REPLIES_MIN,
} from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';
import { isBeforePay } from '../model/status.ts';
import { durationOf, isFinished, knowsAttempt } from './attempts-and-polls.ts';
import { isDoubtful, mayBePaidUnseen, needsNewAuthorization } from './epoch.ts';
import { isGatewayConfirmed, isOurGateway } from './gateway.ts';

export type PayPermission =
  | { kind: 'may_pay' }
  /** Every other condition is met, but a fresh status reply is missing. */
  | { kind: 'poll_first' }
  /** The payout waits for its authorization, or its state allows no payment. */
  | { kind: 'wait' }
  | { kind: 'hold'; code: AttentionCode };

/**
 * Whether the time for an authorization has passed, decided by the row alone. Not before the
 * gateway has reported what became of the payout after lost history.
 */
export function isPastExpiry(payout: Payout, context: Context): boolean {
  const { authorizedAt, expiresAt } = payout.authorization;
  const isUnanswered = isBeforePay(payout.status) && authorizedAt === null;
  if (!isUnanswered || expiresAt === null || context.now < expiresAt) return false;
  return !mayBePaidUnseen(payout, context);
}

/** The same, on a machine whose clock is right: others leave the expiry to one that has it. */
export const isExpired = (payout: Payout, context: Context): boolean =>
  context.isClockTrusted && isPastExpiry(payout, context);

const isReleased = ({ release, authorization, tracking }: Payout): boolean =>
  // guard: release-not-withheld
  !authorization.withheld &&
  tracking.stopWish === null &&
  // guard: authorized
  (release === 'automatic' || authorization.authorizedAt !== null);

/** Whether the bank's confirmation is too old, and no authorization came since. */
export function isCheckTooOld(payout: Payout, now: Instant): boolean {
  const { begunAt } = payout.tracking.check;
  const { authorizedAt } = payout.authorization;
  const reliedOnUntil = (begunAt ?? payout.createdAt) + CHECK_RELIED_ON_MS;
  return now >= reliedOnUntil && (authorizedAt === null || authorizedAt < reliedOnUntil);
}

export const isOnHold = ({ attention }: Payout, code: AttentionCode): boolean =>
  attention.some((entry) => entry.code === code);

function holdOf(payout: Payout, context: Context, paused: boolean): AttentionCode | null {
  const { tracking } = payout;
  // guard: row-unaltered
  if (context.integrity === 'altered') return 'row_altered';
  if (!isOurGateway(payout, context.gateway)) return 'other_gateway';
  if (tracking.answeredLostIntent) return 'lost_intent';
  if (tracking.adopted) return 'order_adopted';
  // guard: second-order
  if (tracking.secondOrderId !== null) return 'second_order';
  // A reversal or a chargeback follows a payment: the gateway has paid this order before.
  if (isOnHold(payout, 'later_event')) return 'later_event';
  if (isOnHold(payout, 'amount_mismatch')) return 'amount_mismatch';
  // guard: new-authorization
  if (needsNewAuthorization(payout, context.history)) return 'needs_new_authorization';
  if (isCheckTooOld(payout, context.now)) return 'check_too_old';
  // guard: not-while-paused
  return paused || context.history.isOpen ? 'paused' : null;
}

/**
 * Whether the last status reply is recent, belongs to this epoch and was requested after the last
 * lost connection, the last attempt and the last authorization.
 */
function isReplyFresh({ tracking }: Payout, { now, history }: Context): boolean {
  const { reply, sequence, pay } = tracking;
  if (reply === null) return false;
  const { requestedAt, asOf, epoch } = reply;
  // A reply from the future is from another replica, which reads the database's clock less exactly.
  // guard: recent-reply
  const isRecent = requestedAt <= now && now - requestedAt <= FRESH_REPLY_MS;
  const isOfThisHistory = epoch === history.epoch && requestedAt >= history.repliesFrom;
  // guard: reply-after-authorization
  const isLast = asOf.attempt === sequence.attempt && asOf.authorization === sequence.authorization;
  return isRecent && isOfThisHistory && isLast && knowsAttempt(pay, requestedAt);
}

/** Whether the first payout-pay of this payout may be sent now. */
export function mayPay(payout: Payout, context: Context, paused: boolean): PayPermission {
  const { tracking } = payout;
  if (payout.status !== 'bank_confirmed' || tracking.pay.open !== null) return { kind: 'wait' };
  if (tracking.pay.made > 0 || tracking.approvedBeforePay) return { kind: 'wait' };
  if (!isReleased(payout) || isExpired(payout, context)) return { kind: 'wait' };
  if (hasNewerAttention(payout)) return { kind: 'wait' };
  const hold = holdOf(payout, context, paused);
  if (hold !== null) return { kind: 'hold', code: hold };
  // A lost payout-pay may still be in flight: a reply that lags behind it must not release another.
  if (isDoubtful(payout, context)) return { kind: 'wait' };
  if (!isReplyFresh(payout, context) || !isGatewayConfirmed(payout)) return { kind: 'poll_first' };
  return tracking.reply?.validated === true ? { kind: 'may_pay' } : { kind: 'wait' };
}

/** Whether equal fresh replies over the quiet period show that payout-pay never arrived. */
function neverArrived({ tracking }: Payout, { now, policy }: Context): boolean {
  const { pay, streak, reply } = tracking;
  if (streak === null || reply === null || !reply.validated) return false;
  if (!isFinished(pay, now) || !isFinished(pay, reply.requestedAt)) return false;
  // guard: quiet-before-pay
  return streak.count >= REPEAT_REPLIES_MIN && durationOf(streak) >= policy.repeatQuietMs;
}

/** Holds that no authorization removes while the outcome of an attempt is unknown. */
const personDecides: readonly AttentionCode[] = [
  'row_altered',
  'check_too_old',
  'needs_new_authorization',
  'lost_intent',
  'order_adopted',
  'later_event',
];

/**
 * Whether payout-pay may be sent again for the same order. If the operator has to decide instead,
 * the hold is `pay_outcome_unknown`, whatever other hold applies.
 */
export function mayRepeatPay(payout: Payout, context: Context, paused: boolean): PayPermission {
  const { tracking, authorization } = payout;
  if (payout.status !== 'paying' || tracking.pay.made === 0) return { kind: 'wait' };
  if (!neverArrived(payout, context) || hasNewerAttention(payout)) return { kind: 'wait' };
  // guard: pay-repeat-allowed
  const mayRepeat = context.policy.payRepeat && tracking.pay.made < PAY_ATTEMPTS_MAX;
  const isStopped = authorization.withheld || tracking.stopWish !== null;
  const hold = holdOf(payout, context, paused);
  const isForPerson = hold !== null && personDecides.includes(hold);
  if (!mayRepeat || isStopped || isForPerson) return { kind: 'hold', code: 'pay_outcome_unknown' };
  if (hold !== null) return { kind: 'hold', code: hold };
  return isReplyFresh(payout, context) ? { kind: 'may_pay' } : { kind: 'poll_first' };
}

/** Whether payout-pay may be sent now, for the first time or again. */
export const permissionOf = (payout: Payout, context: Context, paused: boolean): PayPermission =>
  payout.status === 'paying'
    ? mayRepeatPay(payout, context, paused)
    : mayPay(payout, context, paused);
