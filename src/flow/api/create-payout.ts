/**
 * Takes a request to pay somebody: stores it once, whoever repeats it, and leaves everything else
 * to the runner. What was answered 201 is on disk.
 */

import { uuidV7Text } from '../../lib/typeid.ts';
import type { Money } from '../../payout/model/money.ts';
import { newPayout, type Payout, type Release } from '../../payout/model/payout.ts';
import type { Receiver } from '../../payout/model/receiver.ts';
import { firstDue } from '../../payout/policy/schedule.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../../store/database/pool.ts';
import { findByIdempotencyKey, findByReference } from '../../store/payouts/payouts.ts';
import type { Cashier, StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { RequestProblem } from './request-problem.ts';

/** The value as JSON with the names of every object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

export type PayoutRequest = {
  reference: string;
  money: Money;
  endpoint: string;
  release: Release;
  description: string | null;
  purpose: string | null;
  receiver: Receiver;
  returnUrl: string | null;
  cashier: Cashier | null;
  metadata: Record<string, string> | null;
};

/** What makes two requests the same one. */
export type Asked = {
  /** The body as it was validated; only its fingerprint is kept. */
  body: unknown;
  apiKeyName: string;
  idempotencyKey: string;
};

export type Creating = Asked & { request: PayoutRequest };

export type Created = { kind: 'created' | 'replayed'; stored: StoredPayout };

/** When a repeat that met an uncommitted first request may come back. */
const IN_USE_RETRY_SECONDS = 1;

/** The payout as it was answered at first: everything that happened to it since is left out. */
function asCreated({ payout, ...rest }: StoredPayout): StoredPayout {
  const { createdAt, gateway } = payout;
  const first = newPayout({ ...payout, gatewayIdentity: gateway.identity }, createdAt, 0);
  const { expiresAt } = payout.authorization;
  const created: Payout = { ...first, authorization: { ...first.authorization, expiresAt } };
  return { ...rest, payout: created, revision: 1, dueAt: createdAt, updatedAt: createdAt };
}

/**
 * The first answer again, where this key has created a payout; null for a key that has not. Throws
 * IDEMPOTENCY_KEY_REUSED where that was with another body.
 */
export async function repeatPayout(app: AppContext, asked: Asked): Promise<Created | null> {
  const repeated = await findByIdempotencyKey(app.db, asked.apiKeyName, asked.idempotencyKey);
  if (repeated === null) return null;
  if (!app.seal.isSameBody(canonicalJson(asked.body), repeated.details.fingerprint)) {
    throw new RequestProblem('IDEMPOTENCY_KEY_REUSED', { payoutId: repeated.payout.id });
  }
  return { kind: 'replayed', stored: asCreated(repeated) };
}

async function explainConflict(app: AppContext, creating: Creating): Promise<Created> {
  const repeated = await repeatPayout(app, creating);
  if (repeated !== null) return repeated;
  const taken = await findByReference(app.db, creating.request.reference);
  if (taken !== null) throw new RequestProblem('REFERENCE_TAKEN', { payoutId: taken.payout.id });
  throw new Error('a payout that was in the way is gone');
}

/** Stores the payout, or gives the first answer again; throws the problem that is in the way. */
export async function createPayout(app: AppContext, creating: Creating): Promise<Created> {
  const { request, apiKeyName, idempotencyKey } = creating;
  const now = app.clock.now();
  const id = `po_${uuidV7Text(now, app.chance.bytes(10))}`;
  const { reference, endpoint, money, release } = request;
  const facts = {
    id,
    reference,
    endpoint,
    money,
    release,
    epoch: app.history().epoch,
    clientOrderId: app.clientOrderIdOf(id, reference),
    gatewayIdentity: app.endpoints.get(endpoint)?.gateway().identity ?? null,
  };
  const payout = newPayout(facts, now, app.authorizationExpiryMs);
  const due = firstDue(payout);
  const details = {
    apiKeyName,
    idempotencyKey,
    fingerprint: app.seal.fingerprint(canonicalJson(creating.body)),
    // guard: description-as-given
    description: request.description,
    purpose: request.purpose,
    returnUrl: request.returnUrl,
    cashier: request.cashier,
    metadata: request.metadata,
    receiver: app.seal.seal(id, JSON.stringify(request.receiver)),
  };
  const says = `${apiKeyName} asked for the payout.`;
  const entry = { kind: 'created', at: now, version: 1, status: payout.status, says } as const;
  // guard: created-before-answer
  const inserted = await app.batches
    .insert({
      payout,
      details,
      due,
      entry: { ...entry, data: { by: apiKeyName }, feed: ['payout.created'] },
    })
    .catch((error: unknown) => {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      throw new RequestProblem('IDEMPOTENCY_KEY_IN_USE', {
        retryAfterSeconds: IN_USE_RETRY_SECONDS,
      });
    });
  // guard: repeated-create
  if (!inserted) return explainConflict(app, creating);
  // guard: create-log-line
  app.log.info({ payoutId: id, reference, event: 'created', keyName: apiKeyName }, says);
  app.observe.entered(payout.status);
  app.onDue(endpoint, due.at - now);
  return {
    kind: 'created',
    stored: { payout, details, revision: 1, dueAt: due.at, updatedAt: now },
  };
}
