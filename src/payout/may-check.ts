/**
 * Whether payout-check may leave a second time. payout-check does not pay and only one order is
 * ever bound, so a wrong answer here costs a second order, not a second payment.
 */

import type { Context } from './decision.ts';
import { CHECK_ATTEMPTS_MAX, REFUSED_LOOKUPS_MIN } from './limits.ts';
import { isSettled, settledAtOf, spread } from './memory.ts';
import type { Payout } from './payout.ts';

/**
 * Whether the gateway knows no order for this payout: refused lookups spread over the quiet period,
 * or, after it, a code that an installation has mapped.
 */
export function knowsNone(payout: Payout, { policy }: Context): boolean {
  const { check } = payout.memory;
  const { refusedLookups } = check;
  if (refusedLookups === null || payout.gateway.orderId !== null) return false;
  if (policy.orderNotFoundCodes.includes(refusedLookups.key)) {
    const since = settledAtOf(check) ?? refusedLookups.since;
    return refusedLookups.until - since >= policy.repeatQuietMs;
  }
  return (
    refusedLookups.count >= REFUSED_LOOKUPS_MIN && spread(refusedLookups) >= policy.repeatQuietMs
  );
}

/** Whether payout-check may be sent a second time, with the same client_orderid. */
export const mayRepeatCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'checking' &&
  isSettled(payout.memory.check, context.now) &&
  payout.memory.check.made < CHECK_ATTEMPTS_MAX &&
  knowsNone(payout, context);
