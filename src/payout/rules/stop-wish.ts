/**
 * How a payout ends without payment: by a command, by expiry, or by a stop wish. A stop wish is a
 * command that was refused because the money may be moving: no further payout-pay leaves, and if it
 * is proven that none has left, the payout ends as first commanded. Which commands become a wish
 * is decided in command-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { clearAutomatic } from '../model/attention.ts';
import { applied, type Context, type Decision } from '../model/decision.ts';
import { enter, type Payout, type Reason } from '../model/payout.ts';
import { isBeforePay } from '../model/status.ts';
import type { StopWish } from '../model/tracking.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { mayBePaidUnseen } from '../policy/epoch.ts';
import { notify } from './notify.ts';
import { showReportedPayment } from './reported-payment.ts';

/** Keeps the stop wish; the first one counts. */
// guard: wish-to-stop
export const wishToStop = (payout: Payout, wish: StopWish): Payout =>
  payout.tracking.stopWish === null ? remember(payout, { stopWish: wish }) : payout;

/** Ends the payout as canceled or rejected; `reason` replaces the usual reason. */
export function stop(
  payout: Payout,
  { status, source, by }: StopWish,
  now: Instant,
  reason: Reason = { source, code: null, message: null },
): Decision {
  const stopped = { ...enter(clearAutomatic(payout), status, now), reason };
  return status === 'canceled'
    ? notify(stopped, `Canceled by ${by}.`, 'C')
    : notify(stopped, `Rejected by ${by}.`, 'J');
}

/** Ends the payout as expired, because no client and no cashier authorized it in time. */
export function expire(payout: Payout, now: Instant): Decision {
  const reason = { source: 'expiry', code: null, message: 'Not authorized in time.' } as const;
  const expired = { ...enter(clearAutomatic(payout), 'expired', now), reason };
  return notify(showReportedPayment(expired, now), 'The payout was not authorized in time.', 'C');
}

/**
 * The decision so far, and the stop that was wished for if no payout-pay has left. After lost
 * history the gateway has to report that first, because another attempt may have been lost.
 */
export function stopAsWished(payout: Payout, summary: string, context: Context): Decision {
  const wish = payout.tracking.stopWish;
  const isStoppable = isBeforePay(payout.status) && !mayBePaidUnseen(payout, context);
  if (wish === null || !isStoppable) return applied(payout, summary);
  const stopped = stop(payout, wish, context.now);
  return stopped.kind === 'applied'
    ? { ...stopped, summary: `${summary} ${stopped.summary}` }
    : stopped;
}

/**
 * Carries out a stop wish that had to wait: until the gateway reported what became of the payout
 * after lost history, or until every replica found that no history was lost.
 */
export function carryOutWish(decision: Decision, context: Context): Decision {
  if (decision.kind === 'refused') return decision;
  const { payout, summary, letters } = decision;
  const stopped = stopAsWished(payout, summary, context);
  if (stopped.kind === 'refused') return decision;
  return { ...stopped, letters: [...letters, ...stopped.letters] };
}
