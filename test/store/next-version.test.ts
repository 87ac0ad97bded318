/**
 * Rows of a made-up next version, and of the last one: this version reads, saves and shows them
 * and loses nothing of what it does not know.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsOfAttention, foremost } from '../../src/payout/model/attention.ts';
import { OWN_VERSION } from '../../src/store/database/migration-files.ts';
import { numberCommitted, readNumbered } from '../../src/store/payouts/feed.ts';
import { claimDue } from '../../src/store/payouts/leases.ts';
import { listPayouts } from '../../src/store/payouts/list.ts';
import {
  findByIdempotencyKey,
  findByReference,
  findPayout,
  findRows,
  findShown,
  lockByReference,
} from '../../src/store/payouts/payouts.ts';
import { isUnderstood, NewerRow, type StoredPayout } from '../../src/store/payouts/rows.ts';
import { memoryOf } from '../../src/store/payouts/tracking-schema.ts';
import {
  asNextVersion,
  migrateToNextVersion,
  NEXT_CODE,
  NEXT_STATUS,
} from '../support/next-version.ts';
import {
  createStore,
  insertPayout,
  newStored,
  putPayout,
  type StoreUnderTest,
  saveAgain,
} from '../support/stored-payouts.ts';

let store: StoreUnderTest;
let early: StoredPayout;

const everything = {
  reference: null,
  status: null,
  attention: null,
  createdFrom: null,
  createdTo: null,
  after: null,
  limit: 50,
  pollsFirst: 0,
  checksMax: 50,
};

const claim = (endpoint: string) => ({
  endpoint,
  token: 'token',
  now: Date.now() + 1000,
  limit: 50,
  pollsFirst: 0,
  checksMax: 50,
  leaseNow: null,
});

/** Every statement that reads payouts, so that each is prepared on the connection that runs it. */
async function readEverywhere({ payout, details }: StoredPayout): Promise<void> {
  await store.db.transaction(async (db) => {
    await findPayout(db, payout.id);
    await findRows(db, [payout.id]);
    await findShown(db, payout.reference);
    await findByReference(db, payout.reference);
    await lockByReference(db, payout.reference);
    await findByIdempotencyKey(db, details.apiKeyName, details.idempotencyKey);
    await listPayouts(db, everything);
    await readNumbered(db, 0, 50);
    await claimDue(db, claim('nowhere'));
  });
}

beforeAll(async () => {
  store = await createStore();
  early = await putPayout(store.db);
  await readEverywhere(early);
  await migrateToNextVersion(store.database.connectionString);
});
afterAll(() => store.close());

type Raw = { memory: Record<string, unknown>; attention: unknown; reason: unknown };

async function rawOf(id: string): Promise<Raw & Record<string, unknown>> {
  const [row] = await store.database.query<Raw & Record<string, unknown>>(
    'select * from payouts where id = $1',
    [id],
  );
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

/** A payout that a replica of the next version has written to. */
async function putNext(changes: Record<string, unknown> = {}): Promise<string> {
  const { payout } = await putPayout(store.db, { endpoint: 'next' });
  const open = { id: 'i-1', at: 1, sendBefore: 2 };
  const run = { key: 'processing', since: 1, until: 2, count: 3 };
  const filled = {
    ...payout.tracking,
    check: {
      ...payout.tracking.check,
      open,
      refusedLookups: { ...run, knownAnsweredAt: 2 },
      refusedWith: { code: '1', message: null },
    },
    reply: {
      requestedAt: 1,
      asOf: payout.tracking.sequence,
      epoch: 1,
      status: 'processing',
      validated: true,
    },
    streak: run,
    stopWish: { status: 'canceled', source: 'platform', by: 'shop' },
  } as const;
  const next = {
    ...asNextVersion({ ...payout, memory: memoryOf(filled) }),
    screened_by: 'Ada',
    ...changes,
  };
  const columns = Object.keys(next);
  const values = Object.values(next).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  await store.database.query(
    `update payouts set ${columns.map((name, index) => `${name} = $${index + 2}`).join(', ')}
     where id = $1`,
    [payout.id, ...values],
  );
  return payout.id;
}

async function found(id: string): Promise<StoredPayout> {
  const stored = await findPayout(store.db, id);
  if (stored === null) throw new Error(`no payout ${id}`);
  return stored;
}

describe('a migration of the next version', () => {
  test('leaves every prepared statement of this version working', async () => {
    await expect(readEverywhere(early)).resolves.toBeUndefined();
    expect(await saveAgain(store.db, early)).toBe(true);
    expect(await insertPayout(store.db, newStored())).toBe(true);
  });
});

describe('what the next version has added to a row', () => {
  test('is kept and written back by a save, at every level and in columns', async () => {
    const id = await putNext();
    const before = await rawOf(id);

    expect(await saveAgain(store.db, await found(id))).toBe(true);

    const after = await rawOf(id);
    const { memory, attention, reason, screened_by } = before;
    expect(after).toMatchObject({ revision: 2, screened_by: 'Ada' });
    expect({ ...after, revision: 1 }).toMatchObject({ memory, attention, reason, screened_by });
    expect(after['memory']).toEqual(memory);
  });

  test('is shown: an unknown item is urgent, never clears, and has a plain sentence', async () => {
    const { payout } = await found(await putNext());

    const shown = foremost(payout.attention);

    expect(shown).toMatchObject({ code: NEXT_CODE, detail: 'list 7' });
    if (shown === null) return;
    expect(factsOfAttention(shown.code)).toMatchObject({ severity: 'urgent', clears: false });
    expect(factsOfAttention(shown.code).message).toMatch(/^[A-Z].*newer version.*\.$/);
    expect(payout.reason).toMatchObject({ source: 'screener', code: 'S1' });
  });
});

const screened = { status: 'screened', source: 'screener', by: 'Ada' };

describe.each([
  ['a status', NEXT_STATUS, null],
  ['a word in its memory', 'requested', screened],
])('a payout with %s that this version does not know', (_what, status, stopWish) => {
  let id: string;
  beforeAll(async () => {
    id = await putNext({ status });
    if (stopWish === null) return;
    await store.database.query(
      `update payouts set memory = jsonb_set(memory, '{stopWish}', $2) where id = $1`,
      [id, JSON.stringify(stopWish)],
    );
  });

  test('is shown as it is, alone, in a list and in the feed', async () => {
    const alone = await findShown(store.db, id);
    expect(alone?.payout.status).toBe(status);
    expect(alone !== null && isUnderstood(alone)).toBe(false);
    const listed = await listPayouts(store.db, everything);
    expect(listed.map(({ payout }) => payout.id)).toContain(id);
    await store.database.query(`update payout_events set feed = '{payout.screened}'
      where payout_id = '${id}' and seq is null`);
    await numberCommitted(store.db);
    const items = await readNumbered(store.db, 0, 50);
    const mine = items.filter(({ stored }) => stored.payout.id === id);
    expect(mine.map(({ type }) => type)).toEqual(['payout.screened']);
  });

  test('is given to no replica that would act on it', async () => {
    await expect(findPayout(store.db, id)).rejects.toThrow(NewerRow);
    await expect(findPayout(store.db, id)).rejects.toThrow(
      `${id} is in a state of a newer version`,
    );
  });
});

test('a payout in a status of the next version is left due for its replicas', async () => {
  const id = await putNext({ status: NEXT_STATUS, endpoint: 'left' });
  const before = await rawOf(id);

  const claimed = await claimDue(store.db, claim('left'));

  expect(claimed).toEqual({ claimed: [], unreadable: [], asks: 0, checks: 0 });
  expect(await rawOf(id)).toEqual(before);
});

describe('once the next version says that this one is too old', () => {
  const readableFrom = (version: number) =>
    store.database.query('update installation set oldest_reader = $1', [version]);
  const leaseOf = (require: boolean) => ({ lease: { token: 'token', require, release: false } });

  test('nothing is claimed and no intent is saved, while facts still are', async () => {
    const { payout } = await putPayout(store.db, { endpoint: 'outdated' });
    const { claimed } = await claimDue(store.db, claim('outdated'));
    const stored = claimed[0]?.stored;
    expect(stored?.payout.id).toBe(payout.id);
    if (stored === undefined) return;
    const { payout: waits } = await putPayout(store.db, { endpoint: 'outdated' });
    await readableFrom(OWN_VERSION + 1);

    expect(await claimDue(store.db, claim('outdated'))).toMatchObject({ claimed: [] });
    expect(await saveAgain(store.db, stored, leaseOf(true))).toBe(false);
    expect(await saveAgain(store.db, stored, leaseOf(false))).toBe(true);

    await readableFrom(OWN_VERSION);
    const again = await claimDue(store.db, claim('outdated'));
    expect(again.claimed.map((item) => item.stored.payout.id)).toEqual([waits.id]);
  });
});

/** The memory of a payout in the middle of its life, as the last version wrote it. */
const LAST_MEMORY = {
  check: {
    open: null,
    made: 1,
    endedAt: 1_750_000_001_000,
    settledAt: 1_750_000_001_000,
    notSentInARow: 0,
    begunAt: 1_750_000_000_500,
    refusedLookups: { key: 'unknown order', since: 1, until: 2, count: 2 },
  },
  pay: {
    open: null,
    made: 0,
    endedAt: null,
    settledAt: null,
    notSentInARow: 0,
    turnedAway: false,
  },
  reply: { askedAt: 1_750_000_002_000, status: 'processing', validated: true },
  equal: { key: 'processing payout_check_validated', since: 1, until: 2, count: 1 },
  approvedBeforePay: false,
  namedOrderId: null,
  secondOrderId: null,
  touchedAt: 1_750_000_000_000,
  askAtOnce: false,
  asks: 2,
  failedAsks: 0,
  lettersSent: '',
};

async function putLast(tracking: object): Promise<string> {
  const { payout } = await putPayout(store.db, { endpoint: 'last' });
  await store.database.query(
    `update payouts set memory = $2, client_order_id = null, gateway_identity = null
     where id = $1`,
    [payout.id, JSON.stringify(tracking)],
  );
  return payout.id;
}

describe('a row of the last version', () => {
  test('is read with what held before this version kept more', async () => {
    const id = await putLast(LAST_MEMORY);

    const { payout } = await found(id);

    const before = { reply: -1, attempt: -1, authorization: -1 };
    expect(payout).toMatchObject({
      epoch: 1,
      clientOrderId: id,
      gateway: { identity: null, amount: null, currency: null },
      tracking: {
        check: { closedIds: [], released: false, refusedLookups: { knownAnsweredAt: null } },
        pay: { closedIds: [] },
        sequence: { reply: 0, attempt: 0, authorization: 0 },
        reply: { asOf: before, epoch: 1, validated: true },
        adopted: false,
        answeredLostIntent: false,
        stopWish: null,
        authorizedEpoch: null,
        verifiedEpoch: 1,
        hints: 0,
        hintedAt: 0,
      },
    });
  });

  test('that is even older, without the order that a callback named, is read too', async () => {
    const { namedOrderId: _later, ...tracking } = LAST_MEMORY;
    const { payout } = await found(await putLast(tracking));
    expect(payout.tracking.namedOrderId).toBeNull();
  });

  test('is carried on: saved by this version, it is read as it was', async () => {
    const id = await putLast(LAST_MEMORY);
    const stored = await found(id);

    expect(await saveAgain(store.db, stored)).toBe(true);

    expect((await found(id)).payout).toEqual(stored.payout);
  });
});
