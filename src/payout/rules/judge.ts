/**
 * What a status reply means: only a status reply changes the money state. A reply that is stale,
 * about another order or about a later event decides nothing (record-reply.ts), and a payout with
 * an unknown result stays open. The stages are judged in judge-progress.ts and judge-negative.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { clearAutomatic, raise } from '../model/attention.ts';
import { applied, type Context, type Decision, noted, type Rule } from '../model/decision.ts';
import { enter, type Payout } from '../model/payout.ts';
import { isNegative } from '../model/reply.ts';
import { isPayingStage } from '../model/stage.ts';
import { isBeforePay, isFinal } from '../model/status.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { adopt, isOrderExplained, judgeAdopted } from './adopted.ts';
import { judgeNegative } from './judge-negative.ts';
import { judgeCheck, judgePayment, stay } from './judge-progress.ts';
import { notify } from './notify.ts';
import {
  isBeingPaid,
  type Reported,
  recordIgnored,
  recordReply,
  whyIgnored,
} from './record-reply.ts';

/** Approved. Without a payout-pay that may have arrived, the payment is not ours. */
function judgeApproved(payout: Payout, now: Instant): Decision {
  const { approvedBeforePay, pay } = payout.tracking;
  // guard: approved-after-pay
  if (isBeforePay(payout.status) || approvedBeforePay || pay.made === 0) {
    const early = remember(payout, { approvedBeforePay: true });
    const kept = isBeforePay(payout.status) ? enter(early, 'processing', now) : early;
    const next = raise(kept, 'approved_before_pay', now);
    const summary = 'The gateway reports approved, but payout-pay was never sent.';
    return applied(next, summary);
  }
  // A final status clears every item except the one about the amount.
  const next = enter(clearAutomatic(payout, 'amount_mismatch'), 'approved', now);
  return notify(next, 'The gateway reports approved: the receiver is paid.', 'P', 'Y');
}

/**
 * A reply after the end changes no status. If it contradicts where the money is known to be, it
 * raises an attention item. After the operator has resolved one, only new contradictions count.
 */
function judgeFinal(payout: Payout, { reply }: Reported, now: Instant): Decision {
  const { moneyMoved, status } = payout;
  const isStopped = status === 'canceled' || status === 'rejected' || status === 'expired';
  const isPaid = reply.status === 'approved' && status !== 'approved';
  const contradicts =
    (moneyMoved === 'yes' && isNegative(reply.status)) ||
    (moneyMoved === 'no' && (reply.status === 'approved' || (isStopped && isBeingPaid(reply)))) ||
    (moneyMoved === 'unknown' && isPaid);
  // guard: contradiction-raised
  if (!contradicts) return noted(payout, 'A poll after the end: the reply does not contradict it.');
  const detail = `ended ${status}, then ${reply.status}`;
  const doubted: Payout = { ...payout, moneyMoved: 'unknown' };
  const next = raise(doubted, 'final_contradicted', now, detail);
  return applied(next, 'The gateway contradicts the final status of this payout.');
}

function judgeOpen(payout: Payout, reported: Reported, context: Context): Decision {
  const { now } = context;
  const { reply } = reported;
  if (reply.status === 'approved') return judgeApproved(payout, now);
  if (payout.tracking.approvedBeforePay) {
    return applied(
      payout,
      'The gateway no longer reports approved; the operator has to resolve it.',
    );
  }
  // guard: unknown-is-open
  if (isNegative(reply.status)) return judgeNegative(payout, reply.status, reported, context);
  if (reply.status !== 'processing') return stay(payout, reply, now);
  return isBeforePay(payout.status)
    ? judgeCheck(payout, reply, context)
    : judgePayment(payout, reply, now);
}

/**
 * A payout that was shown as being paid and then failed is judged as after payout-pay: the gateway
 * may not know the result itself.
 */
const asShown = (payout: Payout, before: Payout, status: string, now: Instant): Payout =>
  isBeforePay(payout.status) && isNegative(status) && isPayingStage(before.gateway.stage)
    ? enter(payout, 'processing', now)
    : payout;

/** The rule for a status reply, in every status of a payout. */
export const judgeStatusReply: Rule<'status_reported'> = (payout, event, context) => {
  const { now } = context;
  const why = whyIgnored(payout, event, context);
  if (why !== null) return noted(recordIgnored(payout, event, context), why);
  const next = recordReply(payout, event, context);
  // guard: final-stays
  if (isFinal(next.status)) return judgeFinal(next, event, now);
  // The order is found, so payout-check arrived, whatever its own answer was.
  const waits = next.status === 'requested' || next.status === 'checking';
  const found = waits && next.gateway.orderId !== null;
  // A negative status would end the payout, so it shows an order even where it names none.
  const isShown = found || (waits && isNegative(event.reply.status));
  if (isShown && !isOrderExplained(payout)) return judgeAdopted(adopt(next, now), event, context);
  if (next.tracking.adopted) return judgeAdopted(next, event, context);
  const open = found ? enter(next, 'bank_confirming', now) : next;
  return judgeOpen(asShown(open, payout, event.reply.status, now), event, context);
};
