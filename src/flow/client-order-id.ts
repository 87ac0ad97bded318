/**
 * Which client_orderid a new payout gets. It is stored with the payout and never computed again.
 */

import { derivedClientOrderId } from '../store/client-order-id.ts';
import type { Flow } from './flow.ts';

/**
 * Derived from the reference as soon as every replica knows such ids; the payout's id before, which
 * is what an older replica sends.
 */
export function newClientOrderId(
  flow: Pick<Flow, 'installation'>,
  payoutId: string,
  reference: string,
): string {
  const { name, derivesOrderIds } = flow.installation();
  return derivesOrderIds ? derivedClientOrderId(name, reference) : payoutId;
}
