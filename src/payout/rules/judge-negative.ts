/**
 * What `declined`, `filtered` and `error` mean: a final status, unless the stage of the same reply
 * is not final, or the gateway does not know the result itself. The kinds of stages are listed in
 * model/stage.ts.
 */

import { clearAutomatic, raise } from '../model/attention.ts';
import { applied, type Context, type Decision } from '../model/decision.ts';
import { NEGATIVE_BELIEVED_AFTER_MS, REPEAT_REPLIES_MIN } from '../model/limits.ts';
import { enter, type Payout } from '../model/payout.ts';
import type { Negative } from '../model/reply.ts';
import { stageKind } from '../model/stage.ts';
import { isBeforePay } from '../model/status.ts';
import { durationOf, isFinished } from '../policy/attempts-and-polls.ts';
import { isDoubtful, isFromOlderEpoch, lostCommandsFinishedAt } from '../policy/epoch.ts';
import { arrived, stay } from './judge-progress.ts';
import { notify } from './notify.ts';
import type { Reported } from './record-reply.ts';
import { showReportedPayment } from './reported-payment.ts';

function end(payout: Payout, status: Negative, { reply }: Reported, now: number): Decision {
  const reason = { source: 'gateway', code: reply.errorCode, message: reply.errorMessage } as const;
  const cleared = clearAutomatic(payout, 'amount_mismatch');
  const ended = showReportedPayment({ ...enter(cleared, status, now), reason }, now);
  const summary = `The gateway reports ${status}: the receiver is not paid.`;
  // Without a payout-pay on record, `P` is not sent.
  return payout.tracking.pay.made > 0
    ? notify(ended, summary, 'P', 'J')
    : notify(ended, summary, 'J');
}

/** Whether equal replies span enough time, measured by a clock that is right. */
function isBelieved({ tracking }: Payout, { isClockTrusted }: Context): boolean {
  const { streak } = tracking;
  return (
    isClockTrusted &&
    streak !== null &&
    streak.count >= REPEAT_REPLIES_MIN &&
    durationOf(streak) >= NEGATIVE_BELIEVED_AFTER_MS
  );
}

/** A negative status of an open payout. */
export function judgeNegative(
  payout: Payout,
  status: Negative,
  reported: Reported,
  context: Context,
): Decision {
  const { now, policy, history } = context;
  const { reply, requestedAt } = reported;
  const { pay } = payout.tracking;
  // Its payout-pay may be lost, also one from an earlier use of its reference.
  const mayBeLost = isFromOlderEpoch(payout, history) || isDoubtful(payout, context);
  const paid = !isBeforePay(payout.status) || mayBeLost;
  const kind = stageKind(reply.stage);
  const mayArrive = !isFinished(pay, requestedAt) || requestedAt < lostCommandsFinishedAt(history);
  if (paid && mayArrive) {
    return applied(payout, `The gateway reports ${status}, but payout-pay may still arrive.`);
  }
  if (kind === 'unlisted') return stay(payout, reply, now);
  if (paid && status === 'error' && (kind === 'error_end' || kind === 'missing')) {
    if (policy.errorMeansDeclined) return end(payout, status, reported, now);
    const summary = 'The gateway reports error and does not know the result itself.';
    return arrived(raise(payout, 'gateway_error', now), 'processing', summary, now);
  }
  const goesOn = kind === 'still_deciding' || (paid && kind === 'open');
  // guard: decline-believed-late
  if (goesOn && !isBelieved(payout, context)) {
    const shown = `${status} in a stage that is not final`;
    const summary = `The gateway reports ${shown}; it is polled again.`;
    return paid ? arrived(payout, 'processing', summary, now) : applied(payout, summary);
  }
  return end(payout, status, reported, now);
}
