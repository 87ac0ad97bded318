/**
 * Asks the gateway for the status of a payout's order and records what it says. Only what is
 * read here moves money state.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { StatusVerdict } from '../payout/reply.ts';
import type { StoredPayout } from '../store/rows.ts';
import type { Applied } from './apply-event.ts';
import { applyFact } from './apply-fact.ts';
import { callFacts, callGateway } from './call-gateway.ts';
import { type Skew, skewOf } from './clock-skew.ts';
import type { Endpoint, Flow } from './flow.ts';

function toEvent(
  verdict: StatusVerdict,
  askedAt: number,
  byClientOrderId: boolean,
  skew: Skew,
): PayoutEvent {
  switch (verdict.kind) {
    case 'reported':
      return { kind: 'status_reported', askedAt, reply: verdict.reply };
    case 'refused': {
      const { code, message } = verdict;
      return { kind: 'status_refused', askedAt, byClientOrderId, code, message };
    }
    case 'turned_away': {
      const { httpStatus } = verdict;
      return { kind: 'status_failed', askedAt, cause: `http_${httpStatus}`, httpStatus, ...skew };
    }
    case 'failed':
      return { kind: 'status_failed', askedAt, cause: verdict.cause, httpStatus: null };
  }
}

export type Asked = { applied: Applied; askedAt: number; verdict: StatusVerdict['kind'] };

/** Asks once, by both ids where the gateway's is known, else by ours alone. */
export async function askStatus(
  flow: Flow,
  endpoint: Endpoint,
  stored: StoredPayout,
  lease?: { token: string },
): Promise<Asked> {
  const { id: payoutId, gateway } = stored.payout;
  const { orderId } = gateway;
  const askedAt = flow.clock.now();
  const { verdict, meta } = await callGateway(flow, endpoint, 'status', payoutId, () =>
    endpoint.client.status({ clientOrderId: payoutId, orderId }),
  );
  const applied = await applyFact(flow, {
    payoutId,
    stored,
    event: toEvent(verdict, askedAt, orderId === null, skewOf(meta, flow.clock.now())),
    call: callFacts('status', meta),
    ...(lease === undefined ? {} : { lease }),
  });
  return { applied, askedAt, verdict: verdict.kind };
}
