/**
 * A command to stop that was refused because the money may be moving. It stays a wish: no further
 * payout-pay leaves, and where it is proven that none has left, the payout ends as first asked.
 */

import type { Instant } from '../../lib/clock.ts';
import { clearSettled } from '../model/attention.ts';
import { applied, type Context, type Decision } from '../model/decision.ts';
import { enter, type Payout, type Reason } from '../model/payout.ts';
import { isBeforePay } from '../model/status.ts';
import type { StopWish } from '../model/tracking.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { mayBePaidUnseen } from '../policy/epoch.ts';
import { notify } from './notify.ts';

/** Keeps the wish; the first one counts. */
// guard: wish-to-stop
export const wishToStop = (payout: Payout, wish: StopWish): Payout =>
  payout.tracking.stopWish === null ? remember(payout, { stopWish: wish }) : payout;

/** Ends the payout as canceled or rejected; `says` replaces the usual sentence. */
export function stop(
  payout: Payout,
  { status, source, by }: StopWish,
  now: Instant,
  reason: Reason = { source, code: null, message: null },
): Decision {
  const stopped = { ...enter(clearSettled(payout), status, now), reason };
  return status === 'canceled'
    ? notify(stopped, `Canceled by ${by}.`, 'C')
    : notify(stopped, `Rejected by ${by}.`, 'J');
}

/** Ends the payout as expired, because no client and no cashier authorized it in time. */
export function expire(payout: Payout, now: Instant): Decision {
  const reason = { source: 'expiry', code: null, message: 'Not authorized in time.' } as const;
  const expired = { ...enter(clearSettled(payout), 'expired', now), reason };
  return notify(expired, 'The payout was not authorized in time.', 'C');
}

/**
 * The decision so far, and the end that was wished for where nothing has left: of a payout whose
 * history was lost that is for the gateway to say, since another attempt may be among what was.
 */
export function stopAsWished(payout: Payout, says: string, context: Context): Decision {
  const wish = payout.tracking.stopWish;
  const isStoppable = isBeforePay(payout.status) && !mayBePaidUnseen(payout, context);
  if (wish === null || !isStoppable) return applied(payout, says);
  const stopped = stop(payout, wish, context.now);
  return stopped.kind === 'applied' ? { ...stopped, says: `${says} ${stopped.says}` } : stopped;
}

/**
 * After the gateway has told what became of a payout whose history was lost, or nobody found that
 * it was: a wish to stop it that had to wait for that is carried out.
 */
export function carryOutWish(decision: Decision, context: Context): Decision {
  if (decision.kind === 'refused') return decision;
  const { payout, says, letters } = decision;
  const stopped = stopAsWished(payout, says, context);
  if (stopped.kind === 'refused') return decision;
  return { ...stopped, letters: [...letters, ...stopped.letters] };
}
