/**
 * What `declined`, `filtered` and `error` mean: an end, unless the stage beside it says that
 * something is still going on, or that the gateway does not know itself.
 */

import { clearSettled, raise } from './attention.ts';
import { applied, type Context, type Decision } from './decision.ts';
import { arrived, stay } from './judge-progress.ts';
import { NEGATIVE_BELIEVED_AFTER_MS } from './limits.ts';
import { isSettled, spread } from './memory.ts';
import { enter, type Payout } from './payout.ts';
import { stageKind } from './stage.ts';
import { isBeforePay } from './status.ts';
import type { Reported } from './record-reply.ts';
import { telling } from './telling.ts';

export type Negative = 'declined' | 'filtered' | 'error';

export const isNegative = (status: string): status is Negative =>
  status === 'declined' || status === 'filtered' || status === 'error';

function end(payout: Payout, status: Negative, { reply }: Reported, now: number): Decision {
  const reason = { source: 'gateway', code: reply.errorCode, message: reply.errorMessage } as const;
  const ended = { ...enter(clearSettled(payout, 'amount_mismatch'), status, now), reason };
  const says = `The gateway says ${status}: the receiver is not paid.`;
  const isUnpaid = isBeforePay(payout.status) || payout.memory.adopted;
  return isUnpaid ? telling(ended, says, 'J') : telling(ended, says, 'P', 'J');
}

/** A negative status of an open payout. */
export function judgeNegative(
  payout: Payout,
  status: Negative,
  reported: Reported,
  { now, policy }: Context,
): Decision {
  const { reply, askedAt } = reported;
  const { pay, equal } = payout.memory;
  const paid = !isBeforePay(payout.status);
  const kind = stageKind(reply.stage);
  if (paid && !isSettled(pay, askedAt)) {
    return applied(payout, `The gateway says ${status}, but payout-pay may still arrive.`);
  }
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (paid && status === 'error' && (kind === 'error_end' || kind === 'missing')) {
    if (policy.errorMeansDeclined) return end(payout, status, reported, now);
    const says = 'The gateway says error and does not know the result itself.';
    return arrived(raise(payout, 'gateway_error', now), 'processing', says, now);
  }
  const goesOn = kind === 'still_deciding' || (paid && kind === 'open');
  if (goesOn && (equal === null || spread(equal) < NEGATIVE_BELIEVED_AFTER_MS)) {
    const says = `The gateway says ${status} in a stage that goes on; it is asked again.`;
    return paid ? arrived(payout, 'processing', says, now) : applied(payout, says);
  }
  return end(payout, status, reported, now);
}
