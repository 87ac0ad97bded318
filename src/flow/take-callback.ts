/**
 * Takes a callback of the gateway: verified, then on disk in one transaction with the hint it gives
 * its payout. It moves no money state; the status request that follows does.
 */

import { type Received, type RefusalReason, verifyCallback } from '../payneteasy/callback.ts';
import { isLaterEvent } from '../payout/later-event.ts';
import { addCallback } from '../store/inbox.ts';
import { findPayout } from '../store/payouts.ts';
import { applyEvent } from './apply-event.ts';
import type { Flow } from './flow.ts';

export type TakenCallback =
  | { kind: 'stored' | 'repeated' | 'unknown_order' }
  | { kind: 'refused'; reason: RefusalReason | 'unknown_endpoint' };

/** Stores a callback that came for this endpoint; throws when it could not be put on disk. */
export async function takeCallback(
  flow: Flow,
  endpointName: string,
  received: Received,
): Promise<TakenCallback> {
  const endpoint = flow.endpoints.get(endpointName);
  if (endpoint === undefined) return { kind: 'refused', reason: 'unknown_endpoint' };
  const verified = verifyCallback(received, endpoint.controlKey);
  if (verified.kind === 'refused') {
    flow.observe.callback('refused');
    flow.log.warn({ endpoint: endpointName, cause: verified.reason }, 'A callback was refused.');
    return verified;
  }
  const { callback } = verified;
  const taken = await flow.db.transaction(async (db): Promise<TakenCallback> => {
    const found = await findPayout(db, callback.clientOrderId);
    const stored = found?.payout.endpoint === endpointName ? found : null;
    const payoutId = stored?.payout.id ?? null;
    const entry = { ...callback, endpoint: endpointName, receivedAt: flow.clock.now(), payoutId };
    if (!(await addCallback(db, entry))) return { kind: 'repeated' };
    if (stored === null) return { kind: 'unknown_order' };
    const { status, type, orderId } = callback;
    await applyEvent(flow, {
      payoutId: stored.payout.id,
      stored,
      event: { kind: 'callback_received', status, type, later: isLaterEvent(type), orderId },
      db,
    });
    return { kind: 'stored' };
  });
  // Only now is it committed, so only now can a runner find it due.
  flow.observe.callback(taken.kind);
  if (taken.kind === 'stored') flow.onDue(endpointName, 0);
  if (taken.kind === 'unknown_order') {
    // Answered all the same: a repeat would find no payout either.
    const fields = { endpoint: endpointName, orderId: callback.orderId };
    flow.log.error(fields, 'A verified callback names an order that is not ours.');
  }
  return taken;
}
