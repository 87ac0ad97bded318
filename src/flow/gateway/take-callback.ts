/**
 * Takes a callback of the gateway: verifies it, and stores it in one statement with the hint for
 * its payout. It moves no money state; only the reply to the poll that follows does. What is
 * limited is decided in flow/keyless-limits.ts, and what counts as a repeat in
 * store/payouts/inbox.ts.
 */

import { assert } from '../../lib/assert.ts';
import { isEndingHint, mayHint } from '../../payout/policy/hints.ts';
import { addInboxEntry, dedupeKey, type InboxEntry } from '../../store/payouts/inbox.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import type { KeylessCaller } from '../keyless-limits.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { Callback, Received, RefusalReason } from './gateway.ts';
import { scrubSigned } from './scrub-verdict.ts';

export type TakenCallback =
  | { kind: 'stored' | 'repeated' | 'unknown_order' }
  | { kind: 'limited'; forMs: number }
  | { kind: 'refused'; reason: Refusal };

/** `unreadable`: the request broke off before the signature could be verified. */
type Refusal = RefusalReason | 'unknown_endpoint' | 'unreadable';

const entryOf = (app: AppContext, endpoint: string, callback: Callback): InboxEntry => ({
  source: 'callback',
  endpoint,
  receivedAt: app.clock.now(),
  status: callback.status,
  orderId: callback.orderId,
  clientOrderId: callback.clientOrderId,
  type: callback.type,
});

/**
 * Whether a callback is only stored: it names the order that is bound, and another poll would find
 * nothing that the poll after the last hint has not found.
 */
function isNoNews({ payout }: StoredPayout, callback: Callback, now: number): boolean {
  const { status, orderId, later } = callback;
  if (later || payout.gateway.orderId !== orderId) return false;
  return !isEndingHint(status) && !mayHint(payout, now);
}

/** Stores it with the hint for its payout, or alone where there is no hint. */
async function store(
  app: AppContext,
  callback: Callback,
  received: InboxEntry,
): Promise<{ kind: 'stored' | 'repeated' | 'unknown_order' }> {
  const stored = await app.batches.findByClientOrder(callback.clientOrderId);
  // guard: callback-of-own-endpoint
  const isOurs = stored?.payout.endpoint === received.endpoint;
  const status = scrubSigned(app, isOurs ? stored : null, callback.status);
  const entry = { ...received, status };
  if (stored === null || !isOurs) {
    const isNew = await addInboxEntry(app.db, entry, null);
    return { kind: isNew ? 'unknown_order' : 'repeated' };
  }
  const payoutId = stored.payout.id;
  if (isNoNews(stored, callback, entry.receivedAt)) {
    const isNew = await addInboxEntry(app.db, entry, payoutId);
    return { kind: isNew ? 'stored' : 'repeated' };
  }
  const { type, later, orderId } = callback;
  const applied = await applyEvent(app, {
    payoutId,
    stored,
    event: { kind: 'callback_received', status, type, later, orderId },
    callback: entry,
  });
  if (applied.kind === 'repeated') return { kind: 'repeated' };
  assert(applied.kind === 'applied', `a callback was ${applied.kind}`);
  return { kind: 'stored' };
}

/** The answer to a caller whose signature does not verify. */
function refuse(
  app: AppContext,
  endpoint: string,
  reason: Refusal,
  caller: KeylessCaller | null,
): TakenCallback {
  const forMs = caller?.limits.refused.limitedForMs(caller.address) ?? 0;
  if (forMs > 0) {
    app.observe.limited('callback');
    return { kind: 'limited', forMs };
  }
  caller?.limits.refused.count(caller.address);
  app.observe.callback('refused');
  // The name of an endpoint that is not configured is text of the caller.
  const named = app.endpoints.has(endpoint) ? endpoint : null;
  app.log.warn({ endpoint: named, cause: reason }, 'A callback was refused.');
  return { kind: 'refused', reason };
}

/** It is answered 200 all the same: a repeat would not find a payout either. */
const logStray = (app: AppContext, endpoint: string, orderId: string | null): void =>
  app.log.error({ endpoint, orderId }, 'A verified callback names an order that is not ours.');

/**
 * Stores a callback that came for this endpoint; throws when it could not be stored. Without a
 * `caller` nothing is limited.
 */
export async function takeCallback(
  app: AppContext,
  endpointName: string,
  received: Received,
  caller: KeylessCaller | null = null,
): Promise<TakenCallback> {
  const endpoint = app.endpoints.get(endpointName);
  if (endpoint === undefined) return refuse(app, endpointName, 'unknown_endpoint', caller);
  const verified = endpoint.client.readCallback(received);
  if (verified.kind === 'refused') return refuse(app, endpointName, verified.reason, caller);
  const limit = caller?.limits.repeated;
  if (verified.kind === 'ambiguous') {
    // Never answered 429: it costs nothing, and the gateway would repeat it thirty times.
    const key = `ambiguous ${endpointName}`;
    if ((limit?.limitedForMs(key) ?? 0) === 0) logStray(app, endpointName, null);
    limit?.count(key);
    app.observe.callback('unknown_order');
    return { kind: 'unknown_order' };
  }
  const entry = entryOf(app, endpointName, verified.callback);
  const key = dedupeKey(entry);
  const forMs = limit?.limitedForMs(key) ?? 0;
  if (forMs > 0) {
    app.observe.limited('callback');
    return { kind: 'limited', forMs };
  }
  const outcome = await store(app, verified.callback, entry);
  if (outcome.kind === 'repeated') limit?.count(key);
  app.observe.callback(outcome.kind);
  if (outcome.kind === 'unknown_order') logStray(app, endpointName, entry.orderId);
  return outcome;
}

/**
 * Takes what was meant as a callback and could not be read as a request: a raw blank in its query,
 * a body that is too large or compressed. It is counted and logged like a wrong signature, because
 * the gateway's next one will be lost the same way.
 */
export const takeUnreadableCallback = (app: AppContext, caller: KeylessCaller): TakenCallback =>
  refuse(app, '', 'unreadable', caller);
