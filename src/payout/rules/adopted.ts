/**
 * Adopted orders: a lookup found the order, and no payout-check on record explains it, as after a
 * restore. It may be paid already, and no reply shows its receiver, so we never pay it. Its status
 * ends the payout only if the reply shows the same amount and currency; otherwise the operator
 * decides, through resolve-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { clearAutomatic, raise } from '../model/attention.ts';
import { applied, type Context, type Decision } from '../model/decision.ts';
import { enter, type Payout } from '../model/payout.ts';
import { isNegative } from '../model/reply.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { judgeNegative } from './judge-negative.ts';
import { judgePayment, stay } from './judge-progress.ts';
import { notify } from './notify.ts';
import { mismatchOf, type Reported } from './record-reply.ts';

/** Whether a payout-check on record may have created the order; a refused one has not. */
// guard: order-explained
export function isOrderExplained({ tracking }: Payout): boolean {
  const { made, refusedWith } = tracking.check;
  return made > (refusedWith === null ? 0 : 1);
}

/** Adopts the order. Its money may have moved, so the payout can no longer be stopped. */
export function adopt(payout: Payout, now: Instant): Payout {
  const adopted = remember(payout, { adopted: true });
  return raise(enter(adopted, 'processing', now), 'order_adopted', now);
}

/** Decides a status reply about an adopted order. It does not guess letters that may be sent. */
export function judgeAdopted(payout: Payout, reported: Reported, context: Context): Decision {
  const { reply } = reported;
  const { now } = context;
  const isShown = reply.amount !== null && reply.currency !== null;
  const isSame = isShown && mismatchOf(payout, reply) === null;
  if (reply.status === 'approved' && isSame) {
    const ended = enter(clearAutomatic(payout, 'amount_mismatch'), 'approved', now);
    return notify(ended, 'The gateway reports approved, with the same amount and currency.', 'Y');
  }
  // Of two orders the other one may be paid.
  const isOnly = payout.tracking.secondOrderId === null;
  if (isNegative(reply.status) && isSame && isOnly) {
    return judgeNegative(payout, reply.status, reported, context);
  }
  if (reply.status === 'processing') return judgePayment(payout, reply, now);
  if (reply.status !== 'approved' && !isNegative(reply.status)) return stay(payout, reply, now);
  return applied(
    payout,
    `The gateway reports ${reply.status}; the operator has to compare the order.`,
  );
}
