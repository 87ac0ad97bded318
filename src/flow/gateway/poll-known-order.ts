/**
 * Polls an order that is known, next to polls by client_orderid that are refused. With a wrong
 * control key the gateway refuses everything, so refusals prove that there is no order only while a
 * known order is reported.
 */

import { isOurGateway } from '../../payout/policy/gateway.ts';
import { needsAllLookups } from '../../payout/policy/may-check.ts';
import { findKnownOrder } from '../../store/payouts/payouts.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import { type AppContext, contextOf, type Endpoint } from '../context.ts';
import { callGateway } from './call-gateway.ts';

/**
 * When a known order of the same gateway was reported, by the database's clock. Null where that is
 * not needed, where no order is known, or where it was not reported. At most one request for each
 * streak of refused polls.
 */
export async function pollKnownOrder(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
): Promise<number | null> {
  const { payout } = stored;
  const { refusedLookups } = payout.tracking.check;
  const context = contextOf(app, stored);
  // Not with the first refusal: the known order has to be reported between two refusals.
  if (refusedLookups === null || refusedLookups.knownAnsweredAt !== null) return null;
  if (!needsAllLookups(payout, context) || !isOurGateway(payout, context.gateway)) return null;
  const known = await findKnownOrder(app.db, payout.endpoint, endpoint.gateway().identity);
  if (known === null) return null;
  const at = app.clock.now();
  const { verdict } = await callGateway(app, endpoint, 'status', known.payoutId, () =>
    // By our own id alone, like the polls that this one confirms.
    endpoint.client.status({ clientOrderId: known.clientOrderId, orderId: null }),
  );
  const isKnown = verdict.kind === 'reported' && verdict.reply.orderId === known.orderId;
  return isKnown ? at : null;
}
