/**
 * Takes the receiver's browser back from the gateway's form. Its parameters decide nothing: the
 * first return of a signed status brings the next poll forward. A browser that repeats it is only
 * redirected.
 */

import { assert } from '../../lib/assert.ts';
import { hasHintsLeft } from '../../payout/policy/hints.ts';
import { dedupeKey, type InboxEntry } from '../../store/payouts/inbox.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import type { KeylessCaller } from '../keyless-limits.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { Received, SignedStatus } from './gateway.ts';
import { scrubSigned } from './scrub-verdict.ts';

export type TakenReturn =
  | { kind: 'redirect'; url: string }
  | { kind: 'page' }
  | { kind: 'missing' }
  | { kind: 'limited'; forMs: number }
  | { kind: 'refused' };

type Signed = { return: SignedStatus; by: readonly string[] };

/** The endpoints whose key verifies it, or why none does: without one, no payout is read. */
function verify(app: AppContext, received: Received): Signed | { refused: string } {
  const by: string[] = [];
  let status: SignedStatus | null = null;
  let refused = 'no_endpoint';
  for (const { name, client } of app.endpoints.values()) {
    const verified = client.readReturn(received);
    if (verified.kind === 'verified') {
      status = verified.return;
      by.push(name);
    } else refused = verified.kind === 'refused' ? verified.reason : verified.kind;
  }
  return status === null ? { refused } : { return: status, by };
}

const entryOf = (endpoint: string, signed: SignedStatus, receivedAt: number): InboxEntry => ({
  source: 'return',
  endpoint,
  receivedAt,
  status: signed.status,
  orderId: signed.orderId,
  clientOrderId: signed.clientOrderId,
  type: null,
});

const redirectOf = ({ details: { returnUrl } }: StoredPayout): TakenReturn =>
  returnUrl === null ? { kind: 'page' } : { kind: 'redirect', url: returnUrl };

/** `isNews` is false for a return that changed nothing, which counts against the limit. */
type Answered = { outcome: TakenReturn; isNews: boolean };

async function takeSigned(app: AppContext, payoutId: string, signed: Signed): Promise<Answered> {
  const stored = await app.batches.find(payoutId);
  if (stored === null || !app.endpoints.has(stored.payout.endpoint)) {
    return { outcome: { kind: 'missing' }, isNews: false };
  }
  const { endpoint, clientOrderId } = stored.payout;
  if (!signed.by.includes(endpoint) || clientOrderId !== signed.return.clientOrderId) {
    app.log.warn({ payoutId, cause: 'other_order' }, "A receiver's return was refused.");
    return { outcome: { kind: 'refused' }, isNews: false };
  }
  if (!hasHintsLeft(stored.payout)) return { outcome: redirectOf(stored), isNews: false };
  const applied = await applyEvent(app, {
    payoutId,
    stored,
    event: { kind: 'receiver_returned' },
    callback: {
      ...entryOf(endpoint, signed.return, app.clock.now()),
      status: scrubSigned(app, stored, signed.return.status),
    },
  });
  const isNews = applied.kind === 'applied';
  assert(isNews || applied.kind === 'repeated', `a return was ${applied.kind}`);
  return { outcome: redirectOf(stored), isNews };
}

/**
 * Where to send the receiver next; throws when the database is unavailable. Without a `caller`
 * nothing is limited.
 */
export async function takeReturn(
  app: AppContext,
  payoutId: string,
  received: Received,
  caller: KeylessCaller | null = null,
): Promise<TakenReturn> {
  const signed = verify(app, received);
  const isSigned = 'return' in signed;
  const limit = isSigned ? caller?.limits.repeated : caller?.limits.refused;
  const key = isSigned ? dedupeKey(entryOf('', signed.return, 0)) : (caller?.address ?? '');
  const forMs = limit?.limitedForMs(key) ?? 0;
  if (forMs > 0) {
    app.observe.limited('return');
    return { kind: 'limited', forMs };
  }
  if (!isSigned) {
    limit?.count(key);
    app.log.warn({ payoutId, cause: signed.refused }, "A receiver's return was refused.");
    return { kind: 'refused' };
  }
  const { outcome, isNews } = await takeSigned(app, payoutId, signed);
  if (!isNews) limit?.count(key);
  return outcome;
}
