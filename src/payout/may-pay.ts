/**
 * Whether payout-pay may leave: the one place that lets money move. Pure, and asked twice: when the
 * runner chooses its step, and again inside the write that commits the intent.
 */

import type { AttentionCode } from './attention.ts';
import type { Context } from './decision.ts';
import {
  CHECK_RELIED_ON_MS,
  FRESH_REPLY_MS,
  PAY_ATTEMPTS_MAX,
  REPEAT_REPLIES_MIN,
} from './limits.ts';
import { isSettled, spread } from './memory.ts';
import type { Payout } from './payout.ts';
import { isBeforePay } from './status.ts';
import { STAGE_VALIDATED } from './stage.ts';

export type PayPermission =
  | { kind: 'may_pay' }
  /** Everything else holds, but the gateway has to be asked first. */
  | { kind: 'ask_first' }
  /** Waits for somebody's authorization, or is in no state to be paid. */
  | { kind: 'wait' }
  | { kind: 'hold'; code: AttentionCode };

/** Whether its authorization came too late, judged by the row and not by who noticed. */
export function isExpired(payout: Payout, now: number): boolean {
  const { authorizedAt, expiresAt } = payout.authorization;
  return (
    isBeforePay(payout.status) && authorizedAt === null && expiresAt !== null && now >= expiresAt
  );
}

const isReleased = ({ release, authorization }: Payout): boolean =>
  !authorization.withheld && (release === 'automatic' || authorization.authorizedAt !== null);

/** Whether the bank's word is older than we rely on, and nobody authorized the payout since. */
export function isCheckTooOld(payout: Payout, now: number): boolean {
  const { acceptedAt } = payout.memory.check;
  if (acceptedAt === null || now - acceptedAt < CHECK_RELIED_ON_MS) return false;
  const { authorizedAt } = payout.authorization;
  return authorizedAt === null || authorizedAt < acceptedAt + CHECK_RELIED_ON_MS;
}

function holdOf(payout: Payout, now: number, paused: boolean): AttentionCode | null {
  const open = (code: AttentionCode): boolean => payout.attention.some((a) => a.code === code);
  if (payout.memory.secondOrderId !== null) return 'second_order';
  if (open('amount_mismatch')) return 'amount_mismatch';
  if (isCheckTooOld(payout, now)) return 'check_too_old';
  if (paused) return 'paused';
  return null;
}

/** Whether the first payout-pay of this payout may be sent now. */
export function mayPay(payout: Payout, { now }: Context, paused: boolean): PayPermission {
  const { memory, authorization } = payout;
  if (payout.status !== 'bank_confirmed' || memory.pay.open !== null) return { kind: 'wait' };
  if (memory.pay.made > 0 || memory.approvedBeforePay) return { kind: 'wait' };
  if (!isReleased(payout) || isExpired(payout, now)) return { kind: 'wait' };
  const hold = holdOf(payout, now, paused);
  if (hold !== null) return { kind: 'hold', code: hold };
  const { reply } = memory;
  if (reply === null) return { kind: 'ask_first' };
  const afterAuthorization =
    authorization.authorizedAt === null || reply.askedAt > authorization.authorizedAt;
  const fresh = now - reply.askedAt <= FRESH_REPLY_MS && afterAuthorization;
  if (!fresh) return { kind: 'ask_first' };
  return reply.validated ? { kind: 'may_pay' } : { kind: 'wait' };
}

/**
 * Whether payout-pay may be sent once more for the same order, because fresh replies over a quiet
 * period agree that the first one never arrived.
 */
export function mayRepeatPay(payout: Payout, context: Context, paused: boolean): PayPermission {
  const { memory } = payout;
  const { now, policy } = context;
  if (payout.status !== 'paying' || memory.approvedBeforePay) return { kind: 'wait' };
  if (!isSettled(memory.pay, now) || memory.pay.made === 0) return { kind: 'wait' };
  const { equal, reply } = memory;
  if (equal === null || reply === null || !reply.validated) return { kind: 'wait' };
  if (equal.key !== `processing/${STAGE_VALIDATED}`) return { kind: 'wait' };
  if (!isSettled(memory.pay, reply.askedAt)) return { kind: 'wait' };
  if (equal.count < REPEAT_REPLIES_MIN || spread(equal) < policy.repeatQuietMs) {
    return { kind: 'wait' };
  }
  if (!policy.payRepeat || memory.pay.made >= PAY_ATTEMPTS_MAX) {
    return { kind: 'hold', code: 'pay_outcome_unknown' };
  }
  const hold = holdOf(payout, now, paused);
  if (hold !== null) return { kind: 'hold', code: hold };
  return now - reply.askedAt <= FRESH_REPLY_MS ? { kind: 'may_pay' } : { kind: 'ask_first' };
}
