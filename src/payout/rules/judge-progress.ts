/**
 * What a status reply without a final status means: the progress of the order, by its stage.
 * Nothing here ends a payout. The kinds of stages are listed in model/stage.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { clear, raise } from '../model/attention.ts';
import { applied, type Context, type Decision, type History } from '../model/decision.ts';
import { UNLISTED_SHOWN_AFTER_MS } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import type { StatusReply } from '../model/reply.ts';
import { isOfCheck, STAGE_VALIDATED, STAGE_VALIDATING, stageKind } from '../model/stage.ts';
import { isBeforePay } from '../model/status.ts';
import { durationOf } from '../policy/attempts-and-polls.ts';
import { isFromOlderEpoch } from '../policy/epoch.ts';
import { notify } from './notify.ts';
import { isBeingPaid, isCheckReply, textOf } from './record-reply.ts';

/** An answer that is not listed: it is polled indefinitely, and later raises an attention item. */
export function stay(payout: Payout, reply: StatusReply, now: Instant): Decision {
  const text = textOf(reply);
  const { streak } = payout.tracking;
  const long = streak !== null && durationOf(streak) >= UNLISTED_SHOWN_AFTER_MS;
  const summary = `The gateway reports ${text}, which decides nothing; it is polled again.`;
  return applied(long ? raise(payout, 'unlisted_answer', now, text) : payout, summary);
}

/**
 * The order shows that payout-pay arrived: the payout leaves `paying` with the letter `P`. In a
 * later status it stays as it is.
 */
export function arrived(
  payout: Payout,
  status: 'processing' | 'awaiting_receiver',
  summary: string,
  now: Instant,
): Decision {
  const isKnown = payout.status !== 'paying' && !isBeforePay(payout.status);
  if (isKnown && status === 'processing') return applied(payout, summary);
  const next = enter(clear(payout, 'pay_outcome_unknown', 'not_sent'), status, now);
  // Without a payout-pay on record it is unknown whether `P` was sent, so it is not sent now.
  return payout.tracking.pay.made > 0 ? notify(next, summary, 'P') : applied(next, summary);
}

/**
 * Whether the order has left the check stages. A form shows that, and after the bank has confirmed
 * a later open stage. For a payout from before a loss any other stage shows it.
 */
function isPastCheck(payout: Payout, reply: StatusReply, history: History): boolean {
  if (isCheckReply(reply)) return false;
  if (reply.redirectTo !== null) return true;
  if (isFromOlderEpoch(payout, history)) return reply.stage !== null && !isOfCheck(reply.stage);
  return payout.status === 'bank_confirmed' && isBeingPaid(reply);
}

/**
 * The order has left the check stages, and no payout-pay is on record: the record was lost. Its
 * money may be moving, so the payout can no longer be stopped.
 */
function payLost(payout: Payout, now: Instant): Decision {
  const shown = raise(enter(payout, 'processing', now), 'payment_not_on_record', now);
  return applied(
    shown,
    'The gateway is paying, and no payout-pay is on record: the record was lost.',
  );
}

/** `processing` before payout-pay: the stage shows whether the bank has confirmed. */
export function judgeCheck(payout: Payout, reply: StatusReply, context: Context): Decision {
  const { now, history } = context;
  if (isPastCheck(payout, reply, history)) return payLost(payout, now);
  if (payout.gateway.orderId === null) {
    return applied(payout, 'The gateway answered without naming its order; it is polled again.');
  }
  if (payout.tracking.reply?.validated === true) {
    return applied(enter(payout, 'bank_confirmed', now), 'The bank confirmed the payout.');
  }
  if (reply.stage === STAGE_VALIDATED) {
    const summary = 'The bank confirmed, but the reply does not match the payout: it is not paid.';
    return applied(enter(payout, 'bank_confirmed', now), summary);
  }
  if (reply.stage === STAGE_VALIDATING) {
    return applied(enter(payout, 'bank_confirming', now), 'The bank has not confirmed yet.');
  }
  if (reply.stage === null)
    return applied(payout, 'The gateway names no stage; it is polled again.');
  return stay(payout, reply, now);
}

/** `processing` after payout-pay: the stage, or a form for the receiver, shows that it arrived. */
export function judgePayment(payout: Payout, reply: StatusReply, now: Instant): Decision {
  if (reply.redirectTo !== null) {
    const gateway = { ...payout.gateway, redirectUrl: reply.redirectTo };
    const summary = 'The receiver has to fill in a form.';
    return arrived({ ...payout, gateway }, 'awaiting_receiver', summary, now);
  }
  const kind = stageKind(reply.stage);
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (payout.status !== 'paying') return applied(payout, 'The gateway is still paying.');
  if (kind === 'missing') return stay(payout, reply, now);
  if (isOfCheck(reply.stage)) {
    return applied(payout, 'The order does not show payout-pay yet; it is polled again.');
  }
  return arrived(payout, 'processing', 'The order shows that payout-pay arrived.', now);
}
