/**
 * Takes a request to pay somebody: stores it once, whoever repeats it, and leaves everything else
 * to the runner. What was answered 201 is on disk.
 */

import { canonicalJson } from '../lib/canonical-json.ts';
import { uuidV7Text } from '../lib/ids.ts';
import type { Money } from '../payout/money.ts';
import { newPayout, type Payout, type Release } from '../payout/payout.ts';
import type { Receiver } from '../payout/receiver.ts';
import { firstDue } from '../payout/schedule.ts';
import { findByIdempotencyKey, findByReference } from '../store/payouts.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from '../store/pool.ts';
import type { Cashier, StoredPayout } from '../store/rows.ts';
import type { Flow } from './flow.ts';
import { RequestProblem } from './request-problem.ts';

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

/** A request as a repeat of it is known by. */
export type Keyed = {
  /** The body as it was validated; only its fingerprint is kept. */
  body: unknown;
  apiKeyName: string;
  idempotencyKey: string;
};

export type Creating = Keyed & { request: PayoutRequest };

export type Created = { kind: 'created' | 'replayed'; stored: StoredPayout };

/** When a repeat that met an uncommitted first request may come back. */
const IN_USE_RETRY_SECONDS = 1;

/** The payout as it was answered at first: everything that happened to it since is left out. */
function asCreated({ payout, ...rest }: StoredPayout): StoredPayout {
  const { id, reference, endpoint, money, release, createdAt } = payout;
  const first = newPayout({ id, reference, endpoint, money, release }, createdAt, 0);
  const { expiresAt } = payout.authorization;
  const created: Payout = { ...first, authorization: { ...first.authorization, expiresAt } };
  return { ...rest, payout: created, revision: 1, dueAt: createdAt, updatedAt: createdAt };
}

/** The first answer to this key; null where it is new. Throws IDEMPOTENCY_KEY_REUSED. */
async function findReplay(
  flow: Flow,
  { body, apiKeyName, idempotencyKey }: Keyed,
): Promise<Created | null> {
  const first = await findByIdempotencyKey(flow.db, apiKeyName, idempotencyKey);
  if (first === null) return null;
  if (!flow.seal.isSameBody(canonicalJson(body), first.brief.fingerprint)) {
    throw new RequestProblem('IDEMPOTENCY_KEY_REUSED', { payoutId: first.payout.id });
  }
  return { kind: 'replayed', stored: asCreated(first) };
}

/**
 * Gives the first answer again to a request that would be refused if it were new: what the
 * configuration asks for may have changed since. Throws the refusal where it is new.
 */
export async function replayPayout(
  flow: Flow,
  keyed: Keyed,
  refusal: RequestProblem,
): Promise<Created> {
  const replay = await findReplay(flow, keyed);
  if (replay === null) throw refusal;
  return replay;
}

async function explainConflict(flow: Flow, creating: Creating): Promise<Created> {
  const replay = await findReplay(flow, creating);
  if (replay !== null) return replay;
  const { request } = creating;
  const taken = await findByReference(flow.db, request.reference);
  if (taken !== null) throw new RequestProblem('REFERENCE_TAKEN', { payoutId: taken.payout.id });
  throw new Error('a payout that was in the way is gone');
}

/** Stores the payout, or gives the first answer again; throws the problem that is in the way. */
export async function createPayout(flow: Flow, creating: Creating): Promise<Created> {
  const { request, apiKeyName, idempotencyKey } = creating;
  const now = flow.clock.now();
  const id = `po_${uuidV7Text(now, flow.chance.bytes(10))}`;
  const { reference, endpoint, money, release } = request;
  const payout = newPayout(
    { id, reference, endpoint, money, release },
    now,
    flow.authorizationExpiryMs,
  );
  const due = firstDue(payout);
  const brief = {
    apiKeyName,
    idempotencyKey,
    fingerprint: flow.seal.fingerprint(canonicalJson(creating.body)),
    description: request.description,
    purpose: request.purpose,
    returnUrl: request.returnUrl,
    cashier: request.cashier,
    metadata: request.metadata,
    receiver: flow.seal.seal(id, JSON.stringify(request.receiver)),
  };
  const says = `${apiKeyName} asked for the payout.`;
  const entry = { kind: 'created', at: now, version: 1, status: payout.status, says } as const;
  const inserted = await flow.batches
    .insert({
      payout,
      brief,
      due,
      entry: { ...entry, data: { by: apiKeyName }, feed: ['payout.created'] },
    })
    .catch((error: unknown) => {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      throw new RequestProblem('IDEMPOTENCY_KEY_IN_USE', {
        retryAfterSeconds: IN_USE_RETRY_SECONDS,
      });
    });
  if (!inserted) return explainConflict(flow, creating);
  flow.log.info({ payoutId: id, reference, event: 'created', keyName: apiKeyName }, says);
  flow.observe.entered(payout.status);
  flow.onDue(endpoint, due.at - now);
  return { kind: 'created', stored: { payout, brief, revision: 1, dueAt: due.at, updatedAt: now } };
}
