/**
 * What a status reply means that names no end: how far the order is, by its stage. Nothing here
 * ends a payout.
 */

import { clear, raise } from './attention.ts';
import { applied, type Decision } from './decision.ts';
import type { Instant } from './instant.ts';
import { UNLISTED_TOLD_AFTER_MS } from './limits.ts';
import { spread } from './memory.ts';
import { enter, type Payout } from './payout.ts';
import type { StatusReply } from './reply.ts';
import { STAGE_VALIDATED, STAGE_VALIDATING, stageKind } from './stage.ts';
import { wordOf } from './record-reply.ts';
import { telling } from './telling.ts';

/** An answer outside the lists: asked again for ever, and shown to a person after a while. */
export function stay(payout: Payout, reply: StatusReply, now: Instant): Decision {
  const word = wordOf(reply);
  const { equal } = payout.memory;
  const long = equal !== null && spread(equal) >= UNLISTED_TOLD_AFTER_MS;
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
  if (payout.status !== 'paying' && status === 'processing') return applied(payout, says);
  const next = enter(clear(payout, 'pay_outcome_unknown', 'not_sent'), status, now);
  return payout.memory.adopted ? applied(next, says) : telling(next, says, 'P');
}

/** `processing` before payout-pay: the stage says whether the bank has confirmed. */
export function judgeCheck(payout: Payout, reply: StatusReply, now: Instant): Decision {
  if (payout.gateway.orderId === null) {
    return applied(payout, 'The gateway answered without naming its order; it is asked again.');
  }
  if (payout.memory.reply?.validated === true) {
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
