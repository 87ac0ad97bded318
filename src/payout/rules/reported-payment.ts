/**
 * What becomes of a cashier's `Y` when its payout ends unpaid by itself: the cashier reported a
 * payment, and the platform is about to be told that there was none. A `Y` that comes after the end
 * is judged in command-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { raise } from '../model/attention.ts';
import type { Payout } from '../model/payout.ts';

/**
 * The ended payout, with an attention item if its release was withheld for a `Y` until then. The
 * item is a normal one, because the `Y` may have come from an unauthenticated caller.
 */
export const showReportedPayment = (ended: Payout, now: Instant): Payout =>
  ended.authorization.withheld
    ? raise(ended, 'cashier_contradicts', now, `Y before it was ${ended.status}`)
    : ended;
