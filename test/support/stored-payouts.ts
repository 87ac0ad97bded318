/**
 * Payouts put into a database by the store's own statements, for tests of those statements.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { newPayout, type Payout } from '../../src/payout/model/payout.ts';
import { FIRST_EPOCH } from '../../src/payout/policy/epoch.ts';
import { dueClass } from '../../src/payout/policy/schedule.ts';
import { createDatabase, type Database, type Queryable } from '../../src/store/database/pool.ts';
import { noMacs } from '../../src/store/integrity/row-signer.ts';
import type { InboxEntry } from '../../src/store/payouts/inbox.ts';
import { insertPayouts, type NewPayout } from '../../src/store/payouts/insert-payouts.ts';
import type { JournalEntry } from '../../src/store/payouts/journal.ts';
import type { RequestDetails } from '../../src/store/payouts/columns.ts';
import type { StoredPayout } from '../../src/store/payouts/rows.ts';
import { type Save, savePayouts } from '../../src/store/payouts/save-payouts.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { TEST_GATEWAY } from './undisturbed.ts';

export type StoreUnderTest = { db: Database; database: TestDatabase; close(): Promise<void> };

export async function createStore(): Promise<StoreUnderTest> {
  const database = await createTestDatabase();
  const db = createDatabase(database.connectionString, () => {});
  return {
    db,
    database,
    close: async () => {
      await db.close();
      await database.drop();
    },
  };
}

const entryOf = ({ status, version }: Payout, at: number): JournalEntry => ({
  kind: 'created',
  at,
  version,
  status,
  summary: 'Put there by a test.',
  data: {},
});

export type NewStored = {
  endpoint?: string;
  dueAt?: number;
  now?: number;
  details?: Partial<RequestDetails>;
};

/** A payout as it would be inserted, not inserted yet. */
export function newStored({
  endpoint = 'default',
  dueAt,
  now = Date.now(),
  details,
}: NewStored = {}) {
  const id = `po_${randomBytes(13).toString('hex')}`;
  const money = { amountMinor: 1000n, decimals: 2, currency: 'EUR' };
  const place = { endpoint, clientOrderId: id, gatewayIdentity: TEST_GATEWAY.identity };
  const asked = { reference: randomUUID(), money, release: 'automatic' as const };
  const facts = { id, epoch: FIRST_EPOCH, ...place, ...asked };
  const payout = newPayout(facts, now, 0);
  const complete: RequestDetails = {
    apiKeyName: 'test',
    idempotencyKey: randomUUID(),
    fingerprint: 'k:00',
    description: null,
    purpose: null,
    returnUrl: null,
    cashier: null,
    metadata: null,
    receiver: Buffer.from('sealed'),
    ...details,
  };
  const due = { at: dueAt ?? now, class: dueClass.check };
  return { payout, details: complete, due, macs: noMacs, entry: entryOf(payout, now) };
}

/** Inserts one payout alone; false where its reference or its key is taken. */
export async function insertPayout(db: Queryable, created: NewPayout): Promise<boolean> {
  const [inserted = false] = await insertPayouts(db, [created]);
  return inserted;
}

/** Inserts a payout and answers it as it is stored. */
export async function putPayout(db: Database, options: NewStored = {}): Promise<StoredPayout> {
  const created = newStored(options);
  if (!(await insertPayout(db, created))) throw new Error('the payout was not inserted');
  const { payout, details, due, macs } = created;
  return { payout, details, macs, revision: 1, dueAt: due.at, updatedAt: payout.createdAt };
}

/** Saves the payout as it is, with one journal entry; changes say what else. */
export async function saveAgain(
  db: Database,
  { payout, macs, revision }: StoredPayout,
  changes: Partial<Save> = {},
  leaseNow: Date | null = null,
): Promise<boolean> {
  const at = Date.now();
  const save: Save = {
    payout,
    macs,
    revision,
    due: { at: payout.createdAt, class: dueClass.check },
    entries: [{ ...entryOf(payout, at), kind: 'time_passed' }],
    notifications: [],
    at,
    lease: null,
    unlessPaused: false,
    epoch: FIRST_EPOCH,
    inEpoch: false,
    ...changes,
  };
  const [outcome] = await savePayouts(db, [save], leaseNow);
  return outcome === 'saved';
}

/** The time of what saveOf writes. */
const SAVED_AT = Date.UTC(2026, 0, 1);

/** A save of the payout's next version with one journal entry; changes say what else. */
export const saveOf = (
  { payout, macs, revision }: StoredPayout,
  changes: Partial<Save> = {},
): Save => ({
  payout: { ...payout, version: 2 },
  macs,
  revision,
  due: { at: SAVED_AT, class: 2 },
  entries: [
    {
      kind: 'time_passed',
      at: SAVED_AT,
      version: 2,
      status: payout.status,
      summary: 'Saved.',
      data: {},
    },
  ],
  notifications: [],
  at: SAVED_AT,
  lease: null,
  unlessPaused: false,
  epoch: FIRST_EPOCH,
  inEpoch: false,
  ...changes,
});

/** The callback of a gateway that says the payout was paid. */
export const callbackOf = ({ payout }: StoredPayout): InboxEntry => ({
  source: 'callback',
  endpoint: payout.endpoint,
  receivedAt: Date.UTC(2026, 0, 1),
  status: 'approved',
  orderId: '1',
  clientOrderId: payout.id,
  type: 'payout',
});
