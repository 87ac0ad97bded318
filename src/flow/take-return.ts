/**
 * Takes the receiver's browser back from the gateway's form. What it carries decides nothing: it
 * only brings the next status request forward.
 */

import { assert } from '../lib/assert.ts';
import { type Received, verifyReturn } from '../payneteasy/callback.ts';
import { applyEvent } from './apply-event.ts';
import type { Flow } from './flow.ts';

export type TakenReturn =
  | { kind: 'redirect'; url: string }
  | { kind: 'page' }
  | { kind: 'missing' }
  | { kind: 'refused' };

/** Where to send the receiver next; throws when the database is away. */
export async function takeReturn(
  flow: Flow,
  payoutId: string,
  received: Received,
): Promise<TakenReturn> {
  const stored = await flow.batches.find(payoutId);
  if (stored === null) return { kind: 'missing' };
  const endpoint = flow.endpoints.get(stored.payout.endpoint);
  if (endpoint === undefined) return { kind: 'missing' };
  const verified = verifyReturn(received, endpoint.controlKey);
  const isOurs = verified.kind === 'verified' && verified.return.clientOrderId === payoutId;
  if (!isOurs) {
    const cause = verified.kind === 'refused' ? verified.reason : 'other_order';
    flow.log.warn({ payoutId, cause }, "A receiver's return was refused.");
    return { kind: 'refused' };
  }
  const applied = await applyEvent(flow, {
    payoutId,
    stored,
    event: { kind: 'receiver_returned' },
  });
  assert(applied.kind === 'applied', `a return was ${applied.kind}`);
  const { returnUrl } = stored.brief;
  return returnUrl === null ? { kind: 'page' } : { kind: 'redirect', url: returnUrl };
}
