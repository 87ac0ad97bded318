/**
 * Asks about an order that is known, beside lookups that are refused: a wrong control key refuses
 * everything, so that refusals say that there is no order only while a known one is answered well.
 */

import type { Payout } from '../../payout/model/payout.ts';
import { isOurGateway } from '../../payout/policy/gateway.ts';
import { needsAllLookups } from '../../payout/policy/may-check.ts';
import { findKnownOrder } from '../../store/payouts/payouts.ts';
import { type AppContext, contextOf, type Endpoint } from '../context.ts';
import { callGateway } from './call-gateway.ts';

/**
 * When a known order of the same gateway was answered well, by the database's clock; null where
 * that is not needed, where none is known, or where it was not answered. One request at most for
 * each run of refused lookups.
 */
export async function pollKnownOrder(
  app: AppContext,
  endpoint: Endpoint,
  payout: Payout,
): Promise<number | null> {
  const { refusedLookups } = payout.tracking.check;
  const context = contextOf(app, payout.endpoint);
  // Not with the first refusal: it has to be answered between two of them.
  if (refusedLookups === null || refusedLookups.knownAnsweredAt !== null) return null;
  if (!needsAllLookups(payout, context) || !isOurGateway(payout, context.gateway)) return null;
  const known = await findKnownOrder(app.db, payout.endpoint, endpoint.gateway().identity);
  if (known === null) return null;
  const at = app.clock.now();
  const { verdict } = await callGateway(app, endpoint, 'status', known.payoutId, () =>
    // By our own id alone, as the lookups are that it vouches for.
    endpoint.client.status({ clientOrderId: known.clientOrderId, orderId: null }),
  );
  const isKnown = verdict.kind === 'reported' && verdict.reply.orderId === known.orderId;
  return isKnown ? at : null;
}
