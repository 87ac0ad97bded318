/**
 * The one order of a payout: bound once, never rebound.
 */

import { raise } from './attention.ts';
import type { Instant } from './instant.ts';
import { remember } from './memory.ts';
import type { Payout } from './payout.ts';

/** Binds the gateway's order, once; another one is taken down, shown to a person and never paid. */
export function bindOrder(payout: Payout, orderId: string, now: Instant): Payout {
  const bound = payout.gateway.orderId;
  if (bound === orderId) return payout;
  if (bound === null) return { ...payout, gateway: { ...payout.gateway, orderId } };
  const second = remember(payout, { secondOrderId: payout.memory.secondOrderId ?? orderId });
  return raise(second, 'second_order', now, `bound ${bound}, also seen ${orderId}`);
}
