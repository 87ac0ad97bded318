/**
 * An operator declares that the configured gateway continues the orders of another identity. The
 * declaration is accepted only once a known order was read under the new identity with the same
 * ids, amount and currency. How an identity is written is decided in payneteasy/client.ts.
 */

import { isSameAmount } from '../../payout/model/money.ts';
import type { StatusReply } from '../../payout/model/reply.ts';
import {
  declareContinuation,
  findKnownOrders,
  type KnownIdentity,
  listIdentities,
} from '../../store/gateway-identities.ts';
import { findPayout } from '../../store/payouts/payouts.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext, Endpoint } from '../context.ts';
import { callGateway } from '../gateway/call-gateway.ts';

/** Orders that are polled before the declaration is refused. */
const POLLED_MAX = 20;

export type Continuing = { oldIdentity: string; newIdentity: string; by: string };

export type ContinueOutcome =
  | { kind: 'declared'; proof: string; tried: readonly string[] }
  /** `tried`: a sentence for each order that was polled. */
  | { kind: 'refused'; because: string; tried: readonly string[] };

/** Why a reply proves nothing; null where it is a proof. */
function contradiction(reply: StatusReply, { payout }: StoredPayout): string | null {
  const { money, clientOrderId, gateway } = payout;
  if (reply.clientOrderId !== clientOrderId) return 'the reply names another client_orderid';
  if (reply.orderId !== gateway.orderId) return 'the reply names another order';
  if (reply.amount === null || reply.currency === null) {
    return 'the reply shows no amount or no currency';
  }
  return isSameAmount(reply.amount, money) && reply.currency === money.currency
    ? null
    : 'the reply shows another amount or currency';
}

/** Polls one order at the configured gateway. Null: it is proven; else the reason why not. */
async function disprove(app: AppContext, endpoint: Endpoint, stored: StoredPayout) {
  const { id, clientOrderId, gateway } = stored.payout;
  const { verdict } = await callGateway(app, endpoint, 'status', id, () =>
    endpoint.client.status({ clientOrderId, orderId: gateway.orderId }),
  );
  switch (verdict.kind) {
    case 'reported':
      return contradiction(verdict.reply, stored);
    case 'refused':
      return `the gateway refuses the request${verdict.code === null ? '' : ` (${verdict.code})`}`;
    case 'turned_away':
      return `the gateway answers HTTP ${verdict.httpStatus}`;
    case 'failed':
      return `there is no readable answer (${verdict.cause})`;
  }
}

/** The endpoint that is configured with this identity. */
const endpointOf = (app: AppContext, identity: string): Endpoint | undefined =>
  [...app.endpoints.values()].find((endpoint) => endpoint.gateway().identity === identity);

function reasonAgainst(
  { oldIdentity, newIdentity }: Continuing,
  endpoint: Endpoint | undefined,
  old: KnownIdentity | undefined,
): string | null {
  if (oldIdentity === newIdentity) return 'both identities are the same';
  if (endpoint === undefined) return 'the new identity is not the configured one';
  return old === undefined ? 'no payout was ever sent to the old identity' : null;
}

/** Polls known orders of the old identity until one proves the declaration, and stores it. */
export async function continueEndpoint(
  app: AppContext,
  continuing: Continuing,
): Promise<ContinueOutcome> {
  const { oldIdentity, newIdentity, by } = continuing;
  const endpoint = endpointOf(app, newIdentity);
  const known = await listIdentities(app.db);
  const old = known.find(({ identity }) => identity === oldIdentity);
  const against = reasonAgainst(continuing, endpoint, old);
  if (against !== null || endpoint === undefined || old === undefined) {
    return { kind: 'refused', because: against ?? '', tried: [] };
  }
  const tried: string[] = [];
  for (const payoutId of await findKnownOrders(app.db, old, POLLED_MAX)) {
    const stored = await findPayout(app.db, payoutId);
    if (stored === null) continue;
    const why = await disprove(app, endpoint, stored);
    tried.push(`${payoutId}, order ${stored.payout.gateway.orderId ?? ''}: ${why ?? 'proven'}`);
    if (why !== null) continue;
    const declared = { oldIdentity, newIdentity, declaredBy: by, proofPayoutId: payoutId };
    await declareContinuation(app.db, declared);
    app.log.warn(
      { keyName: by, payoutId, event: 'endpoint_continued' },
      'The configured gateway continues the orders of another identity.',
    );
    return { kind: 'declared', proof: payoutId, tried };
  }
  const because =
    tried.length === 0
      ? 'no payout of the old identity has an order that could be polled'
      : 'no order of the old identity is known under the new one';
  return { kind: 'refused', because, tried };
}
