/**
 * Takes a callback of the gateway: verified, then on disk in one statement with the hint it gives
 * its payout. It moves no money state; the status request that follows does.
 */

import { assert } from '../lib/assert.ts';
import {
  type Callback,
  type Received,
  type RefusalReason,
  verifyCallback,
} from '../payneteasy/callback.ts';
import { isLaterEvent } from '../payout/later-event.ts';
import { addStrayCallback } from '../store/inbox.ts';
import { applyEvent } from './apply-event.ts';
import type { Flow } from './flow.ts';

export type TakenCallback =
  | { kind: 'stored' | 'repeated' | 'unknown_order' }
  | { kind: 'refused'; reason: RefusalReason | 'unknown_endpoint' };

/** Stores it with the hint it gives its payout, or alone where it is about none of ours. */
async function store(
  flow: Flow,
  endpoint: string,
  callback: Callback,
): Promise<{ kind: 'stored' | 'repeated' | 'unknown_order' }> {
  const entry = { ...callback, endpoint, receivedAt: flow.clock.now() };
  const stored = await flow.batches.find(callback.clientOrderId);
  if (stored?.payout.endpoint !== endpoint) {
    const isNew = await addStrayCallback(flow.db, entry);
    return { kind: isNew ? 'unknown_order' : 'repeated' };
  }
  const { status, type, orderId } = callback;
  const applied = await applyEvent(flow, {
    payoutId: stored.payout.id,
    stored,
    event: { kind: 'callback_received', status, type, later: isLaterEvent(type), orderId },
    callback: entry,
  });
  if (applied.kind === 'repeated') return { kind: 'repeated' };
  assert(applied.kind === 'applied', `a callback was ${applied.kind}`);
  return { kind: 'stored' };
}

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
  const taken = await store(flow, endpointName, verified.callback);
  flow.observe.callback(taken.kind);
  if (taken.kind === 'unknown_order') {
    // Answered all the same: a repeat would find no payout either.
    const fields = { endpoint: endpointName, orderId: verified.callback.orderId };
    flow.log.error(fields, 'A verified callback names an order that is not ours.');
  }
  return taken;
}
