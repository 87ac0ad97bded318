/**
 * An order that a lookup found and that no payout-check on record explains, as after a restore. It
 * may be paid already, and no reply shows its receiver: it is never paid by us, and it ends by its
 * status only where amount and currency are shown and equal. Otherwise a person decides.
 */

import type { Instant } from '../../lib/clock.ts';
import { clearSettled, raise } from '../model/attention.ts';
import { applied, type Context, type Decision } from '../model/decision.ts';
import { enter, type Payout } from '../model/payout.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { isNegative, judgeNegative } from './judge-negative.ts';
import { judgePayment, stay } from './judge-progress.ts';
import { notify } from './notify.ts';
import { mismatchOf, type Reported } from './record-reply.ts';

/** Whether a payout-check of ours is on record that can have made the order: not a refused one. */
// guard: order-explained
export function isOrderExplained({ tracking }: Payout): boolean {
  const { made, refusedWith } = tracking.check;
  return made > (refusedWith === null ? 0 : 1);
}

/** Takes the order over: its money may have moved, so that nothing stops the payout any more. */
export function adopt(payout: Payout, now: Instant): Payout {
  const adopted = remember(payout, { adopted: true });
  return raise(enter(adopted, 'processing', now), 'order_adopted', now);
}

/** What a status reply means for an adopted order. Letters that may be out are not guessed. */
export function judgeAdopted(payout: Payout, reported: Reported, context: Context): Decision {
  const { reply } = reported;
  const { now } = context;
  const isShown = reply.amount !== null && reply.currency !== null;
  const isSame = isShown && mismatchOf(payout, reply) === null;
  if (reply.status === 'approved' && isSame) {
    const ended = enter(clearSettled(payout, 'amount_mismatch'), 'approved', now);
    return notify(ended, 'The gateway says approved, with the same amount and currency.', 'Y');
  }
  if (isNegative(reply.status) && isSame) {
    return judgeNegative(payout, reply.status, reported, context);
  }
  if (reply.status === 'processing') return judgePayment(payout, reply, now);
  if (reply.status !== 'approved' && !isNegative(reply.status)) return stay(payout, reply, now);
  return applied(payout, `The gateway says ${reply.status}; a person has to compare the order.`);
}
