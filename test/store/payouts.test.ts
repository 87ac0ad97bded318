/**
 * Payout rows: inserted once, saved only by a writer that knows the latest revision, with their
 * journal.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimDue } from '../../src/store/payouts/leases.ts';
import {
  findByIdempotencyKey,
  findByReference,
  findPayout,
} from '../../src/store/payouts/payouts.ts';
import {
  createStore,
  insertPayout,
  newStored,
  putPayout,
  type StoreUnderTest,
  saveAgain,
} from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

const journal = (id: string) =>
  store.database.query('select kind from payout_events where payout_id = $1 order by id', [id]);

describe('a new payout', () => {
  test('is read back as it was stored', async () => {
    const details = {
      description: 'Rent',
      returnUrl: 'https://shop.example/',
      cashier: { pin: '7', site_id: 170 },
      metadata: { any: 'text' },
      receiver: Buffer.from([0, 1, 255]),
    };
    const stored = await putPayout(store.db, { details });
    const found = await findPayout(store.db, stored.payout.id);
    expect(found?.payout).toEqual(stored.payout);
    expect(found?.details).toMatchObject({ ...details, receiver: expect.anything() });
    expect(Buffer.from(found?.details.receiver ?? [])).toEqual(details.receiver);
    expect(found).toMatchObject({ revision: 1, dueAt: stored.dueAt });
    const { reference } = stored.payout;
    expect((await findByReference(store.db, reference))?.payout.id).toBe(stored.payout.id);
    const { apiKeyName, idempotencyKey } = stored.details;
    const byKey = await findByIdempotencyKey(store.db, apiKeyName, idempotencyKey);
    expect(byKey?.payout.id).toBe(stored.payout.id);
    expect(await findByIdempotencyKey(store.db, 'another', idempotencyKey)).toBeNull();
  });

  test('keeps amounts that no floating number can hold', async () => {
    const created = newStored();
    const money = { amountMinor: 9_007_199_254_740_993n, decimals: 2, currency: 'EUR' };
    await insertPayout(store.db, { ...created, payout: { ...created.payout, money } });
    expect((await findPayout(store.db, created.payout.id))?.payout.money).toEqual(money);
  });

  test('keeps its decimals, also in a currency that the table has dropped since', async () => {
    const created = newStored();
    const money = { amountMinor: 10050n, decimals: 2, currency: 'QQQ' };
    await insertPayout(store.db, { ...created, payout: { ...created.payout, money } });
    expect((await findPayout(store.db, created.payout.id))?.payout.money).toEqual(money);
  });

  test.each([
    ['JPY', 0],
    ['BHD', 3],
    ['BGN', 2],
  ])('stored in %s before decimals were has %i', async (currency, decimals) => {
    const { payout } = await putPayout(store.db);
    await store.database.query(
      'update payouts set amount_decimals = null, currency = $2 where id = $1',
      [payout.id, currency],
    );
    const found = await findPayout(store.db, payout.id);
    expect(found?.payout.money).toEqual({ amountMinor: 1000n, decimals, currency });
  });

  test('without decimals and in an unknown currency cannot be read, and says why', async () => {
    const { payout } = await putPayout(store.db);
    await store.database.query(
      `update payouts set amount_decimals = null, currency = 'QQQ' where id = $1`,
      [payout.id],
    );
    await expect(findPayout(store.db, payout.id)).rejects.toThrow(
      'QQQ is not in the table of currencies, and the row has no decimals',
    );
  });

  test.each(['reference', 'key'])(
    'whose %s is taken is not inserted, and journals nothing',
    async (what) => {
      const first = newStored();
      await insertPayout(store.db, first);
      const second = newStored();
      const { reference } = first.payout;
      const clash =
        what === 'reference'
          ? { ...second, payout: { ...second.payout, reference } }
          : {
              ...second,
              details: { ...second.details, idempotencyKey: first.details.idempotencyKey },
            };
      expect(await insertPayout(store.db, clash)).toBe(false);
      expect(await findPayout(store.db, second.payout.id)).toBeNull();
      expect(await journal(second.payout.id)).toEqual([]);
    },
  );

  test('inserted twenty times at the same time is there once', async () => {
    const created = newStored();
    const inserted = await Promise.all(
      Array.from({ length: 20 }, () => insertPayout(store.db, created)),
    );
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect(await journal(created.payout.id)).toEqual([{ kind: 'created' }]);
  });
});

describe('a save', () => {
  test('counts the revision and writes row and journal together', async () => {
    const stored = await putPayout(store.db);
    expect(await saveAgain(store.db, stored)).toBe(true);
    expect(await findPayout(store.db, stored.payout.id)).toMatchObject({ revision: 2 });
    expect(await journal(stored.payout.id)).toEqual([{ kind: 'created' }, { kind: 'time_passed' }]);
  });

  test('built on an older revision is refused and leaves no journal', async () => {
    const stored = await putPayout(store.db);
    await saveAgain(store.db, stored);
    expect(await saveAgain(store.db, stored)).toBe(false);
    expect(await journal(stored.payout.id)).toHaveLength(2);
  });

  test('of twenty at the same time on one revision holds exactly once', async () => {
    const stored = await putPayout(store.db);
    const saves = Array.from({ length: 20 }, () => saveAgain(store.db, stored));
    expect((await Promise.all(saves)).filter(Boolean)).toHaveLength(1);
    expect((await findPayout(store.db, stored.payout.id))?.revision).toBe(2);
  });

  test('that leaves an open payout without a due time is refused by the database', async () => {
    const stored = await putPayout(store.db);
    await expect(saveAgain(store.db, stored, { due: null })).rejects.toMatchObject({
      constraint: 'payouts_open_is_due',
    });
  });
});

describe('an intent', () => {
  const endpoint = 'intents';
  const leaseNow = new Date();
  const claimed = async (token: string) => {
    const stored = await putPayout(store.db, { endpoint });
    await claimDue(store.db, {
      endpoint,
      token,
      now: Date.now(),
      limit: 50,
      pollsFirst: 0,
      checksMax: 50,
      leaseNow,
    });
    return stored;
  };
  const withLease = (token: string, release = false) => ({
    lease: { token, require: true, release },
  });

  test('is saved under the lease of its caller', async () => {
    const stored = await claimed('mine');
    expect(await saveAgain(store.db, stored, withLease('mine'), leaseNow)).toBe(true);
  });

  test('is refused under another token, and without any lease', async () => {
    const stored = await claimed('mine');
    expect(await saveAgain(store.db, stored, withLease('theirs'), leaseNow)).toBe(false);
    const free = await putPayout(store.db, { endpoint: 'never claimed' });
    expect(await saveAgain(store.db, free, withLease('mine'), leaseNow)).toBe(false);
  });

  test('is refused once its lease has run out, whichever replica holds it since', async () => {
    const stored = await claimed('mine');
    const later = new Date(leaseNow.getTime() + 6001);
    expect(await saveAgain(store.db, stored, withLease('mine'), later)).toBe(false);
  });

  test('to pay is refused while payments are paused, and taken when they are not', async () => {
    const stored = await claimed('mine');
    await store.database.query('update pause set paused = true');
    const pay = { ...withLease('mine'), unlessPaused: true };
    expect(await saveAgain(store.db, stored, pay, leaseNow)).toBe(false);
    await store.database.query('update pause set paused = false');
    expect(await saveAgain(store.db, stored, pay, leaseNow)).toBe(true);
  });

  test('releases a lease only of its own token', async () => {
    const stored = await claimed('mine');
    await saveAgain(store.db, stored, {
      lease: { token: 'theirs', require: false, release: true },
    });
    const [kept] = await store.database.query('select lease_token from payouts where id = $1', [
      stored.payout.id,
    ]);
    expect(kept).toEqual({ lease_token: 'mine' });
    const next = { ...stored, revision: 2 };
    await saveAgain(store.db, next, { lease: { token: 'mine', require: false, release: true } });
    const [given] = await store.database.query('select lease_token from payouts where id = $1', [
      stored.payout.id,
    ]);
    expect(given).toEqual({ lease_token: null });
  });
});

test('a row that breaks what holds for every payout is not read as one', async () => {
  const { payout } = await putPayout(store.db);
  await store.database.query(`update payouts set status = 'approved' where id = $1`, [payout.id]);
  await expect(findPayout(store.db, payout.id)).rejects.toThrow(payout.id);
  await store.database.query('update payouts set finalized_at = now() where id = $1', [payout.id]);
  await expect(findPayout(store.db, payout.id)).rejects.toThrow(/approved/);
});
