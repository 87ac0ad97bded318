/**
 * The one order of a payout: it is bound once and never changes. A second order is recorded here;
 * the hold that follows from it is decided in may-pay.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { raise } from '../model/attention.ts';
import type { Payout } from '../model/payout.ts';
import { remember } from './attempts-and-polls.ts';

/** Records a second order: it raises an attention item, and the payout is never paid. */
function showSecond(payout: Payout, other: string, now: Instant, detail: string): Payout {
  const secondOrderId = payout.tracking.secondOrderId ?? other;
  return raise(remember(payout, { secondOrderId }), 'second_order', now, detail);
}

/** Binds the gateway's order once; another order holds the payout. */
export function bindOrder(payout: Payout, orderId: string, now: Instant): Payout {
  const bound = payout.gateway.orderId;
  if (bound === orderId) return payout;
  // guard: order-bound-once
  if (bound !== null) {
    return showSecond(payout, orderId, now, `bound ${bound}, also seen ${orderId}`);
  }
  const next = { ...payout, gateway: { ...payout.gateway, orderId } };
  const named = payout.tracking.namedOrderId;
  return named === null || named === orderId
    ? next
    : showSecond(next, named, now, `bound ${orderId}, a callback had named ${named}`);
}

/**
 * Records the order that a callback names. A callback binds no order, because only a status reply
 * does; but the order it named has to be the one that is bound.
 */
export function nameOrder(payout: Payout, orderId: string, now: Instant): Payout {
  if (payout.gateway.orderId !== null) return bindOrder(payout, orderId, now);
  const named = payout.tracking.namedOrderId;
  if (named === null) return remember(payout, { namedOrderId: orderId });
  return named === orderId
    ? payout
    : showSecond(payout, orderId, now, `callbacks name ${named} and ${orderId}`);
}
