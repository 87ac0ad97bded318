/**
 * Whether a payout belongs to the gateway that this process talks to. Another gateway answers about
 * orders of its own, and a payout-pay sent to it pays from another account. What identifies a
 * gateway is decided in payneteasy/client.ts.
 */

import type { GatewayContext } from '../model/decision.ts';
import type { Payout } from '../model/payout.ts';

type Placed = Pick<Payout, 'gateway'>;

/** Whether payouts with this stored identity, or with none, belong to our gateway. */
export function isOfGateway(identity: string | null, ours: GatewayContext): boolean {
  // guard: gateway-identity
  if (identity === null) return ours.isLegacy;
  return identity === ours.identity || ours.continues.includes(identity);
}

/** Whether this process may send commands for the payout and use its gateway's replies. */
export const isOurGateway = ({ gateway }: Placed, ours: GatewayContext): boolean =>
  isOfGateway(gateway.identity, ours);

/** False in a row from before identities were stored, until a reply names its order. */
export const isGatewayConfirmed = ({ gateway }: Placed): boolean => gateway.identity !== null;
