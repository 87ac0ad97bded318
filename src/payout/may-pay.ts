/**
 * Whether payout-pay may leave: the one place that lets money move. Pure, and asked twice: when the
 * runner chooses its step, and again inside the write that commits the intent.
 */

import type { AttentionCode } from './attention.ts';
import type { Context } from './decision.ts';
import type { Instant } from './instant.ts';
import {
  CHECK_RELIED_ON_MS,
  FRESH_REPLY_MS,
  PAY_ATTEMPTS_MAX,
  REPEAT_REPLIES_MIN,
} from './limits.ts';
import { isSettled, knowsAttempt, spread } from './memory.ts';
import type { Payout } from './payout.ts';
import { isBeforePay } from './status.ts';

export type PayPermission =
  | { kind: 'may_pay' }
  /** Everything else holds, but the gateway has to be asked first. */
  | { kind: 'ask_first' }
  /** Waits for somebody's authorization, or is in no state to be paid. */
  | { kind: 'wait' }
  | { kind: 'hold'; code: AttentionCode };

/** Whether its authorization came too late, judged by the row and not by who noticed. */
export function isExpired(payout: Payout, now: Instant): boolean {
  const { authorizedAt, expiresAt } = payout.authorization;
  return (
    isBeforePay(payout.status) && authorizedAt === null && expiresAt !== null && now >= expiresAt
  );
}

const isReleased = ({ release, authorization }: Payout): boolean =>
  !authorization.withheld && (release === 'automatic' || authorization.authorizedAt !== null);

/** Whether the bank's word is older than we rely on, and nobody authorized the payout since. */
export function isCheckTooOld(payout: Payout, now: Instant): boolean {
  const { begunAt } = payout.memory.check;
  const { authorizedAt } = payout.authorization;
  const reliedOnUntil = (begunAt ?? payout.createdAt) + CHECK_RELIED_ON_MS;
  return now >= reliedOnUntil && (authorizedAt === null || authorizedAt < reliedOnUntil);
}

export const isOnHold = ({ attention }: Payout, code: AttentionCode): boolean =>
  attention.some((entry) => entry.code === code);

function holdOf(payout: Payout, now: Instant, paused: boolean): AttentionCode | null {
  if (payout.memory.secondOrderId !== null) return 'second_order';
  if (isOnHold(payout, 'amount_mismatch')) return 'amount_mismatch';
  if (isCheckTooOld(payout, now)) return 'check_too_old';
  return paused ? 'paused' : null;
}

/**
 * Whether the last status reply is recent, and was asked after everything that it has to know of.
 */
function isReplyFresh({ memory, authorization }: Payout, now: Instant): boolean {
  if (memory.reply === null) return false;
  const { askedAt } = memory.reply;
  // A reply from the future is another replica's with another clock: its age is not known.
  const isRecent = askedAt <= now && now - askedAt <= FRESH_REPLY_MS;
  const knowsRelease = authorization.authorizedAt === null || askedAt > authorization.authorizedAt;
  return isRecent && knowsRelease && knowsAttempt(memory.pay, askedAt);
}

/** Whether the first payout-pay of this payout may be sent now. */
export function mayPay(payout: Payout, { now }: Context, paused: boolean): PayPermission {
  const { memory } = payout;
  if (payout.status !== 'bank_confirmed' || memory.pay.open !== null) return { kind: 'wait' };
  if (memory.pay.made > 0 || memory.approvedBeforePay) return { kind: 'wait' };
  if (!isReleased(payout) || isExpired(payout, now)) return { kind: 'wait' };
  const hold = holdOf(payout, now, paused);
  if (hold !== null) return { kind: 'hold', code: hold };
  if (!isReplyFresh(payout, now)) return { kind: 'ask_first' };
  return memory.reply?.validated === true ? { kind: 'may_pay' } : { kind: 'wait' };
}

/** Whether fresh replies over a quiet period agree that the last payout-pay never arrived. */
function neverArrived({ memory }: Payout, { now, policy }: Context): boolean {
  const { pay, equal, reply } = memory;
  if (equal === null || reply === null || !reply.validated) return false;
  if (!isSettled(pay, now) || !isSettled(pay, reply.askedAt)) return false;
  return equal.count >= REPEAT_REPLIES_MIN && spread(equal) >= policy.repeatQuietMs;
}

/**
 * Whether payout-pay may be sent once more for the same order. Where a person has to decide
 * instead, the hold says so, whatever else holds it.
 */
export function mayRepeatPay(payout: Payout, context: Context, paused: boolean): PayPermission {
  const { memory, authorization } = payout;
  const { now, policy } = context;
  if (payout.status !== 'paying' || memory.pay.made === 0) return { kind: 'wait' };
  if (!neverArrived(payout, context)) return { kind: 'wait' };
  const mayRepeat = policy.payRepeat && memory.pay.made < PAY_ATTEMPTS_MAX;
  const hold = holdOf(payout, now, paused);
  if (!mayRepeat || authorization.withheld || hold === 'check_too_old') {
    return { kind: 'hold', code: 'pay_outcome_unknown' };
  }
  if (hold !== null) return { kind: 'hold', code: hold };
  return isReplyFresh(payout, now) ? { kind: 'may_pay' } : { kind: 'ask_first' };
}

/** Whether payout-pay may be sent now: for the first time, or once more. */
export const permissionOf = (payout: Payout, context: Context, paused: boolean): PayPermission =>
  payout.status === 'paying'
    ? mayRepeatPay(payout, context, paused)
    : mayPay(payout, context, paused);
