/**
 * Pays: commits the intent of payout-pay, sends it, records what came back. The only place from
 * which payout-pay leaves; whether it may is decided by the core, inside the write of the intent.
 */

import { assert } from '../../lib/assert.ts';
import type { PayoutEvent, RefusedAccess } from '../../payout/model/event.ts';
import type { PayVerdict } from '../../payout/model/reply.ts';
import type { Lease } from '../../runner/leases.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext, Endpoint } from '../context.ts';
import type { Applied } from '../write/apply-event.ts';
import { applyFact } from '../write/apply-fact.ts';
import { callFacts, callGateway } from './call-gateway.ts';
import { accessIn } from './clock-skew.ts';
import { commitIntent, newIntent } from './send-command.ts';

/** A rejected payout-pay is unknown: a filter on the response may reject it after its effect. */
const rejectionOf = (httpStatus: number) => ({ cause: `http_${httpStatus}`, httpStatus });

function toEvent(verdict: PayVerdict, intentId: string, access: RefusedAccess): PayoutEvent {
  switch (verdict.kind) {
    case 'accepted': {
      const { orderId, serialNumber } = verdict;
      return { kind: 'pay_accepted', intentId, orderId, serialNumber };
    }
    case 'not_sent':
      return { kind: 'pay_not_sent', intentId, cause: verdict.cause };
    case 'turned_away':
      // guard: rejected-pay-is-unknown
      return { kind: 'pay_unknown', intentId, ...rejectionOf(verdict.httpStatus), ...access };
    case 'unknown':
      // guard: unknown-pay-is-unknown
      return { kind: 'pay_unknown', intentId, cause: verdict.cause };
  }
}

/** Sends payout-pay for a claimed payout, if the core lets it. */
export async function sendPay(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
  lease: Lease,
  paused: boolean,
): Promise<Applied> {
  const { id: payoutId, clientOrderId, gateway } = stored.payout;
  // guard: pay-to-own-endpoint
  assert(endpoint.name === stored.payout.endpoint, `${payoutId}: not of this endpoint`);
  assert(gateway.orderId !== null, `${payoutId}: payout-pay without an order`);
  const prepared = endpoint.client.preparePayoutPay({
    clientOrderId,
    orderId: gateway.orderId,
  });
  const { intent, mayStillSend } = newIntent(app, lease);
  const { requestHash } = prepared;
  // guard: pay-intent-first
  const intended = await commitIntent(app, {
    payoutId,
    stored,
    event: { kind: 'pay_intended', intent, requestHash, paused },
    lease,
  });
  if (intended.kind !== 'applied') return intended;
  const { verdict, meta } = await callGateway(app, endpoint, 'payout-pay', payoutId, () =>
    prepared.send(mayStillSend),
  );
  const event = toEvent(verdict, intent.id, accessIn(meta, app.wall()));
  const call = callFacts('payout-pay', meta);
  return applyFact(app, { payoutId, stored: intended.stored, event, call, lease });
}
