/**
 * Creates a payout: stores the request once, also when the client repeats it. A payout acknowledged
 * with 201 is durable. Everything after that is done by the runner; the first due time is decided
 * in payout/policy/schedule.ts.
 */

import { uuidV7Text } from '../../lib/typeid.ts';
import type { Money } from '../../payout/model/money.ts';
import { newPayout, type Payout, type Release } from '../../payout/model/payout.ts';
import type { Receiver } from '../../payout/model/receiver.ts';
import { firstDue } from '../../payout/policy/schedule.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../../store/database/pool.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
import type { Cashier } from '../../store/payouts/columns.ts';
import { findByIdempotencyKey, findByReference } from '../../store/payouts/payouts.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { tryOpening } from '../receiver.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

/** The value as JSON, with the member names of every object sorted. */
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
export type Requested = {
  /** The validated body; only its fingerprint is kept. */
  body: unknown;
  apiKeyName: string;
  idempotencyKey: string;
};

export type Creating = Requested & { request: PayoutRequest };

export type Created = { kind: 'created' | 'replayed'; stored: StoredPayout };

/** What a create may throw. */
export const createProblems = [
  'REFERENCE_TAKEN',
  'IDEMPOTENCY_KEY_IN_USE',
  'IDEMPOTENCY_KEY_REUSED',
] as const satisfies readonly ProblemCode[];

/** A retry that met an uncommitted first request may come back after this many seconds. */
const IN_USE_RETRY_SECONDS = 1;

/** The payout as the first reply showed it, without everything that happened since. */
function asCreated({ payout, ...rest }: StoredPayout): StoredPayout {
  const { createdAt, gateway } = payout;
  const first = newPayout({ ...payout, gatewayIdentity: gateway.identity }, createdAt, 0);
  const { expiresAt } = payout.authorization;
  const created: Payout = { ...first, authorization: { ...first.authorization, expiresAt } };
  return { ...rest, payout: created, revision: 1, dueAt: createdAt, updatedAt: createdAt };
}

/** Another replica may have the data key; a restart with it takes longer. */
const DATA_KEY_RETRY_SECONDS = 5;

/**
 * Throws where the request is no repeat of the first one: IDEMPOTENCY_KEY_REUSED where that one had
 * another body, UNAVAILABLE where the data key is away by which the bodies are compared.
 */
function assertSameBody(app: AppContext, requested: Requested, first: StoredPayout): void {
  const isSame = app.seal.isSameBody(canonicalJson(requested.body), first.details.fingerprint);
  if (isSame === true) return;
  // The same key sealed the receiver. Where it does not open it, its bytes differ, not the body.
  if (isSame === false && tryOpening(app, first) !== null) {
    throw new RequestProblem('IDEMPOTENCY_KEY_REUSED', { payoutId: first.payout.id });
  }
  app.log.error(
    { payoutId: first.payout.id },
    'A repeated create cannot be compared with its first request: its data key is not configured.',
  );
  throw new RequestProblem('UNAVAILABLE', {
    detail:
      'This Idempotency-Key has created a payout, and this replica lacks the data key to compare ' +
      'the two requests. Nothing was created or changed.',
    retryAfterSeconds: DATA_KEY_RETRY_SECONDS,
  });
}

/**
 * The first reply again, where this key has created a payout; null where it has not. Throws as
 * {@link assertSameBody}.
 */
export async function repeatPayout(app: AppContext, requested: Requested): Promise<Created | null> {
  const repeated = await findByIdempotencyKey(
    app.db,
    requested.apiKeyName,
    requested.idempotencyKey,
  );
  if (repeated === null) return null;
  assertSameBody(app, requested, repeated);
  return { kind: 'replayed', stored: asCreated(repeated) };
}

async function explainConflict(app: AppContext, creating: Creating): Promise<Created> {
  const repeated = await repeatPayout(app, creating);
  if (repeated !== null) return repeated;
  const existing = await findByReference(app.db, creating.request.reference);
  if (existing !== null)
    throw new RequestProblem('REFERENCE_TAKEN', { payoutId: existing.payout.id });
  throw new Error('a conflicting payout has disappeared');
}

/**
 * Stores the payout, or returns the first reply again. Throws the problem of a conflict, and
 * RowKeyMissing in a process that must write no row.
 */
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
  if (app.rows.lacksKey()) throw new RowKeyMissing();
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
  const macs = app.rows.sign(payout, details);
  const summary = `${apiKeyName} created the payout.`;
  const entry = { kind: 'created', at: now, version: 1, status: payout.status, summary } as const;
  // guard: created-before-answer
  const inserted = await app.batches
    .insert({
      payout,
      details,
      due,
      macs,
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
  app.log.info({ payoutId: id, reference, event: 'created', keyName: apiKeyName }, summary);
  app.observe.entered(payout.status);
  app.onDue(endpoint, due.at - now);
  return {
    kind: 'created',
    stored: { payout, details, macs, revision: 1, dueAt: due.at, updatedAt: now },
  };
}
