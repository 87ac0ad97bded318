/**
 * What a status reply means that names no end: how far the order is, by its stage. Nothing here
 * ends a payout.
 */

import type { Instant } from '../../lib/clock.ts';
import { clear, raise } from '../model/attention.ts';
import { applied, type Context, type Decision, type History } from '../model/decision.ts';
import { UNLISTED_TOLD_AFTER_MS } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import type { StatusReply } from '../model/reply.ts';
import { STAGE_VALIDATED, STAGE_VALIDATING, stageKind } from '../model/stage.ts';
import { isBeforePay } from '../model/status.ts';
import { durationOf } from '../policy/attempts-and-polls.ts';
import { isFromOlderEpoch } from '../policy/epoch.ts';
import { notify } from './notify.ts';
import { isBeingPaid, isCheckReply, wordOf } from './record-reply.ts';

/** An answer outside the lists: asked again for ever, and shown to a person after a while. */
export function stay(payout: Payout, reply: StatusReply, now: Instant): Decision {
  const word = wordOf(reply);
  const { equal } = payout.tracking;
  const long = equal !== null && durationOf(equal) >= UNLISTED_TOLD_AFTER_MS;
  const says = `The gateway says ${word}, which decides nothing; it is asked again.`;
  return applied(long ? raise(payout, 'unlisted_answer', now, word) : payout, says);
}

/**
 * Out of `paying` with `P`, because the order shows that payout-pay arrived; elsewhere as it is.
 */
export function arrived(
  payout: Payout,
  status: 'processing' | 'awaiting_receiver',
  says: string,
  now: Instant,
): Decision {
  const isKnown = payout.status !== 'paying' && !isBeforePay(payout.status);
  if (isKnown && status === 'processing') return applied(payout, says);
  const next = enter(clear(payout, 'pay_outcome_unknown', 'not_sent'), status, now);
  // Without a payout-pay on record, whether `P` was told is not known, and it is not invented.
  return payout.tracking.pay.made > 0 ? notify(next, says, 'P') : applied(next, says);
}

/**
 * Whether the order has left the stages of the check. After the bank had confirmed, a stage that
 * goes on, or a form, says so; in a payout from before a loss anything else but those stages does.
 */
function isPastCheck(payout: Payout, reply: StatusReply, history: History): boolean {
  if (isCheckReply(reply)) return false;
  if (isFromOlderEpoch(payout, history)) return reply.redirectTo !== null || reply.stage !== null;
  return payout.status === 'bank_confirmed' && isBeingPaid(reply);
}

/**
 * The order has left the stages of the check, and no payout-pay is on record: it was lost with the
 * history. Its money may be moving, so that nothing stops it any more.
 */
function payLost(payout: Payout, now: Instant): Decision {
  const shown = raise(enter(payout, 'processing', now), 'payment_not_on_record', now);
  return applied(shown, 'The gateway is paying, and no payout-pay is on record: it was lost.');
}

/** `processing` before payout-pay: the stage says whether the bank has confirmed. */
export function judgeCheck(payout: Payout, reply: StatusReply, context: Context): Decision {
  const { now, history } = context;
  if (isPastCheck(payout, reply, history)) return payLost(payout, now);
  if (payout.gateway.orderId === null) {
    return applied(payout, 'The gateway answered without naming its order; it is asked again.');
  }
  if (payout.tracking.reply?.validated === true) {
    return applied(enter(payout, 'bank_confirmed', now), 'The bank confirmed the payout.');
  }
  if (reply.stage === STAGE_VALIDATED) {
    const says = 'The bank confirmed, but the reply does not match the payout: it is not paid.';
    return applied(enter(payout, 'bank_confirmed', now), says);
  }
  if (reply.stage === STAGE_VALIDATING) {
    return applied(enter(payout, 'bank_confirming', now), 'The bank has not confirmed yet.');
  }
  if (reply.stage === null)
    return applied(payout, 'The gateway names no stage; it is asked again.');
  return stay(payout, reply, now);
}

/** `processing` after payout-pay: the stage, or a form for the receiver, shows that it arrived. */
export function judgePayment(payout: Payout, reply: StatusReply, now: Instant): Decision {
  if (reply.redirectTo !== null) {
    const gateway = { ...payout.gateway, redirectUrl: reply.redirectTo };
    const says = 'The receiver has to fill in a form.';
    return arrived({ ...payout, gateway }, 'awaiting_receiver', says, now);
  }
  const kind = stageKind(reply.stage);
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (payout.status !== 'paying') return applied(payout, 'The gateway is still paying.');
  if (kind === 'missing') return stay(payout, reply, now);
  if (reply.stage === STAGE_VALIDATED || reply.stage === STAGE_VALIDATING) {
    return applied(payout, 'The order does not show payout-pay yet; it is asked again.');
  }
  return arrived(payout, 'processing', 'The order shows that payout-pay arrived.', now);
}
