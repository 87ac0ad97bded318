/**
 * Commits the intent of payout-check, sends it, and records its outcome. Whether it may be sent is
 * decided in src/payout/policy/may-check.ts.
 */

import { assert } from '../../lib/assert.ts';
import type { PayoutEvent, RefusedAccess } from '../../payout/model/event.ts';
import { givenValues, type Receiver } from '../../payout/model/receiver.ts';
import type { CheckVerdict } from '../../payout/model/reply.ts';
import type { Lease } from '../../runner/leases.ts';
import { NewerRow, type StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext, Endpoint } from '../context.ts';
import { openReceiver } from '../receiver.ts';
import type { Applied } from '../write/apply-event.ts';
import { applyFact } from '../write/apply-fact.ts';
import { callFacts, callGateway } from './call-gateway.ts';
import { accessIn } from './clock-skew.ts';
import type { PayoutOrder } from './gateway.ts';
import { scrubCheck } from './scrub-verdict.ts';
import { commitIntent, newIntent } from './send-command.ts';

function toEvent(verdict: CheckVerdict, intentId: string, access: RefusedAccess): PayoutEvent {
  switch (verdict.kind) {
    case 'accepted': {
      const { orderId, serialNumber } = verdict;
      return { kind: 'check_accepted', intentId, orderId, serialNumber };
    }
    case 'refused':
      return { kind: 'check_refused', intentId, code: verdict.code, message: verdict.message };
    case 'not_sent':
      return { kind: 'check_not_sent', intentId, cause: verdict.cause };
    case 'turned_away': {
      const { httpStatus } = verdict;
      return {
        kind: 'check_unknown',
        intentId,
        cause: `http_${httpStatus}`,
        httpStatus,
        ...access,
      };
    }
    case 'unknown':
      return { kind: 'check_unknown', intentId, cause: verdict.cause };
  }
}

/** The whole receiver; throws NewerRow where a field of it is known only to a newer version. */
function wholeReceiver(app: AppContext, stored: StoredPayout): Receiver {
  const receiver = openReceiver(app, stored);
  const unknown = givenValues(receiver).find(({ field }) => field === undefined);
  if (unknown !== undefined) throw new NewerRow(stored.payout.id, `receiver.${unknown.name}`);
  return receiver;
}

function orderOf(app: AppContext, endpoint: Endpoint, stored: StoredPayout): PayoutOrder {
  const { payout, details } = stored;
  return {
    clientOrderId: payout.clientOrderId,
    money: payout.money,
    ...(details.description === null ? {} : { orderDesc: details.description }),
    ...(details.purpose === null ? {} : { purpose: details.purpose }),
    callbackUrl: endpoint.callbackUrl,
    redirectUrl: `${endpoint.returnBaseUrl}/${payout.id}`,
    receiver: wholeReceiver(app, stored),
  };
}

/** Sends payout-check for a claimed payout. */
export async function sendCheck(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
  lease: Lease,
): Promise<Applied> {
  const payoutId = stored.payout.id;
  // guard: check-to-own-endpoint
  assert(endpoint.name === stored.payout.endpoint, `${payoutId}: not of this endpoint`);
  const prepared = endpoint.client.preparePayoutCheck(orderOf(app, endpoint, stored));
  const { intent, mayStillSend } = newIntent(app, lease);
  const { requestHash } = prepared;
  // guard: check-intent-first
  const intended = await commitIntent(app, {
    payoutId,
    stored,
    event: { kind: 'check_intended', intent, requestHash },
    lease,
  });
  if (intended.kind !== 'applied') return intended;
  const { verdict, meta } = await callGateway(app, endpoint, 'payout-check', payoutId, () =>
    prepared.send(mayStillSend),
  );
  const isFirst = stored.payout.tracking.check.made === 0;
  if (isFirst && verdict.kind === 'refused') await endpoint.checks.report('refused');
  if (verdict.kind === 'accepted') await endpoint.checks.report('accepted');
  const event = toEvent(scrubCheck(app, stored, verdict), intent.id, accessIn(meta, app.wall()));
  const call = callFacts('payout-check', meta);
  return applyFact(app, { payoutId, stored: intended.stored, event, call, lease });
}
