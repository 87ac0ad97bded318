/**
 * Polls the status of a payout's order and records the reply. Only a reply that is read here moves
 * money state. When the next poll is due is decided in src/payout/policy/schedule.ts.
 */

import type { PayoutEvent, RefusedAccess } from '../../payout/model/event.ts';
import type { StatusVerdict } from '../../payout/model/reply.ts';
import type { Sequence } from '../../payout/model/tracking.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext, Endpoint } from '../context.ts';
import type { Applied } from '../write/apply-event.ts';
import { applyFact } from '../write/apply-fact.ts';
import { callFacts, callGateway } from './call-gateway.ts';
import { accessIn } from './clock-skew.ts';
import { pollKnownOrder } from './poll-known-order.ts';
import { scrubStatus } from './scrub-verdict.ts';

/** What a status request carries, and what was found out along with it. */
type Request = {
  requestedAt: number;
  asOf: Sequence;
  byClientOrderId: boolean;
  access: RefusedAccess;
  knownAnsweredAt: number | null;
};

function toEvent(
  verdict: StatusVerdict,
  { requestedAt, asOf, byClientOrderId, access, knownAnsweredAt }: Request,
): PayoutEvent {
  switch (verdict.kind) {
    case 'reported':
      return { kind: 'status_reported', requestedAt, asOf, reply: verdict.reply };
    case 'refused': {
      const { code, message } = verdict;
      const asked = { requestedAt, asOf, byClientOrderId };
      return { kind: 'status_refused', ...asked, code, message, knownAnsweredAt };
    }
    case 'turned_away': {
      const { httpStatus } = verdict;
      return {
        kind: 'status_failed',
        requestedAt,
        cause: `http_${httpStatus}`,
        httpStatus,
        ...access,
      };
    }
    case 'failed':
      return { kind: 'status_failed', requestedAt, cause: verdict.cause, httpStatus: null };
  }
}

export type PolledStatus = {
  applied: Applied;
  requestedAt: number;
  /** The sequence of the payout when the request was made. */
  asOf: Sequence;
  verdict: StatusVerdict['kind'];
};

/** Polls once, by both ids where the gateway's is known, else by ours alone. */
export async function pollStatus(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
  lease?: { token: string },
): Promise<PolledStatus> {
  const { id: payoutId, clientOrderId, gateway, tracking } = stored.payout;
  const { orderId } = gateway;
  const requestedAt = app.clock.now();
  const asOf = tracking.sequence;
  const { verdict, meta } = await callGateway(app, endpoint, 'status', payoutId, () =>
    endpoint.client.status({ clientOrderId, orderId }),
  );
  const byClientOrderId = orderId === null;
  const knownAnsweredAt =
    verdict.kind === 'refused' && byClientOrderId
      ? await pollKnownOrder(app, endpoint, stored)
      : null;
  const access = accessIn(meta, app.wall());
  const applied = await applyFact(app, {
    payoutId,
    stored,
    event: toEvent(scrubStatus(app, stored, verdict), {
      requestedAt,
      asOf,
      byClientOrderId,
      access,
      knownAnsweredAt,
    }),
    call: callFacts('status', meta),
    ...(lease === undefined ? {} : { lease }),
  });
  return { applied, requestedAt, asOf, verdict: verdict.kind };
}
