/**
 * Whether a payout belongs to the gateway that this process talks to. Another one would answer
 * about an order of its own, and a payout-pay sent to it would pay from another account.
 */

import type { GatewayContext } from '../model/decision.ts';
import type { Payout } from '../model/payout.ts';

type Placed = Pick<Payout, 'gateway'>;

/** Whether this process may send for the payout and believe what its gateway says about it. */
export function isOurGateway({ gateway }: Placed, ours: GatewayContext): boolean {
  // guard: gateway-identity
  if (gateway.identity === null) return ours.isLegacy;
  return gateway.identity === ours.identity || ours.continues.includes(gateway.identity);
}

/** The first reply that names the order confirms a payout from before identities were kept. */
export const isGatewayConfirmed = ({ gateway }: Placed): boolean => gateway.identity !== null;
