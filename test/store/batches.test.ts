/**
 * Work that shares a statement. Goal: each piece is judged as if it had come alone, whatever the
 * others do.
 */

import { DatabaseError } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBatches } from '../../src/store/batches.ts';
import type { Database } from '../../src/store/database/pool.ts';
import { insertPayouts } from '../../src/store/payouts/insert-payouts.ts';
import { extendLeases } from '../../src/store/payouts/leases.ts';
import type { StoredPayout } from '../../src/store/payouts/rows.ts';
import type { Save } from '../../src/store/payouts/save-payouts.ts';
import {
  callbackOf,
  createStore,
  newStored,
  putPayout,
  saveOf,
  type StoreUnderTest,
} from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
  return () => store.close();
});

/** Saves with others; whether the payout was saved. */
function createSaver(db: Database): (save: Save) => Promise<boolean> {
  const batches = createBatches(db, () => null);
  return async (save) => (await batches.save(save)) === 'saved';
}

const putMany = (count: number): Promise<StoredPayout[]> =>
  Promise.all(Array.from({ length: count }, () => putPayout(store.db)));

const journaled = async (stored: readonly StoredPayout[]): Promise<number> => {
  const rows = await store.database.query<{ count: number }>(
    `select count(*)::int as count from payout_events
     where kind = 'time_passed' and payout_id = any($1)`,
    [stored.map(({ payout }) => payout.id)],
  );
  return rows[0]?.count ?? 0;
};

/** A database that counts the statements it is sent. */
function counted(db: Database): { db: Database; statements: () => number } {
  let statements = 0;
  const query: Database['query'] = (statement) => {
    statements += 1;
    return db.query(statement);
  };
  return { db: { ...db, query }, statements: () => statements };
}

describe('saves that come at the same time', () => {
  test('need few statements, and all of them are on disk with their journal', async () => {
    const stored = await putMany(40);
    const { db, statements } = counted(store.db);
    const save = createSaver(db);

    const saved = await Promise.all(stored.map((one) => save(saveOf(one))));

    expect(saved).toEqual(stored.map(() => true));
    expect(statements()).toBeLessThan(8);
    expect(await journaled(stored)).toBe(40);
  });

  test('write the letters of each payout with its change', async () => {
    const stored = await putMany(10);
    const save = createSaver(store.db);
    const letter = ({ payout }: StoredPayout) => ({
      id: `letter_${payout.id}`,
      position: 0,
      letter: 'A' as const,
      body: `{"ExtPayoutID":"${payout.reference}"}`,
    });

    await Promise.all(stored.map((one) => save(saveOf(one, { notifications: [letter(one)] }))));

    const rows = await store.database.query(
      'select payout_id, body from notifications where payout_id = any($1) order by payout_id',
      [stored.map(({ payout }) => payout.id)],
    );
    const expected = stored
      .map((one) => ({ payout_id: one.payout.id, body: letter(one).body }))
      .toSorted((a, b) => (a.payout_id < b.payout_id ? -1 : 1));
    expect(rows).toEqual(expected);
  });

  test('do not hold for one that has moved on, and hold for the others', async () => {
    const stored = await putMany(12);
    const save = createSaver(store.db);

    const saved = await Promise.all(
      stored.map((one, index) => save(saveOf(one, index === 7 ? { revision: 9 } : {}))),
    );

    expect(saved).toEqual(stored.map((_, index) => index !== 7));
    expect(await journaled(stored)).toBe(11);
  });

  test('of one payout are won by exactly one', async () => {
    const [one, ...others] = await putMany(6);
    if (one === undefined) throw new Error('no payout was put');
    const save = createSaver(store.db);

    const all = [one, ...others, one, one, one];
    const saved = await Promise.all(all.map((stored) => save(saveOf(stored))));

    const ofOne = saved.filter((_, index) => all[index] === one);
    expect(ofOne.filter(Boolean)).toHaveLength(1);
    expect(saved.filter(Boolean)).toHaveLength(6);
  });

  test('fence the intents that have lost their lease, and only those', async () => {
    const stored = await putMany(8);
    const ids = stored.map(({ payout }) => payout.id);
    await store.database.query(
      `update payouts set lease_token = 'mine', lease_until = now() + interval '1 minute'
       where id = any($1)`,
      [ids],
    );
    await store.database.query(`update payouts set lease_token = 'other' where id = $1`, [ids[3]]);
    const save = createSaver(store.db);
    const lease = { token: 'mine', require: true, release: true };

    const saved = await Promise.all(stored.map((one) => save(saveOf(one, { lease }))));

    expect(saved).toEqual(stored.map((_, index) => index !== 3));
    const left = await store.database.query(
      'select lease_token from payouts where id = any($1) and lease_token is not null',
      [ids],
    );
    expect(left).toEqual([{ lease_token: 'other' }]);
  });

  test('meet the pause one by one: an intent waits, a fact is saved', async () => {
    const stored = await putMany(6);
    await store.database.query('update pause set paused = true');
    const save = createSaver(store.db);

    const saved = await Promise.all(
      stored.map((one, index) => save(saveOf(one, { unlessPaused: index % 2 === 0 }))),
    );

    await store.database.query('update pause set paused = false');
    expect(saved).toEqual([false, true, false, true, false, true]);
  });
});

describe('a callback and the change it brings', () => {
  const stored = async (payouts: readonly StoredPayout[]): Promise<number> => {
    const rows = await store.database.query(`select 1 from callbacks where payout_id = any($1)`, [
      payouts.map(({ payout }) => payout.id),
    ]);
    return rows.length;
  };

  test('are on disk together, once for each payout', async () => {
    const payouts = await putMany(12);
    const { save } = createBatches(store.db, () => null);

    const outcomes = await Promise.all(
      payouts.map((one) => save(saveOf(one, { callback: callbackOf(one) }))),
    );

    expect(outcomes).toEqual(payouts.map(() => 'saved'));
    expect(await stored(payouts)).toBe(12);
    expect(await journaled(payouts)).toBe(12);
  });

  test('change nothing the second time, and delay no save next to them', async () => {
    const payouts = await putMany(6);
    const { save } = createBatches(store.db, () => null);
    await Promise.all(payouts.map((one) => save(saveOf(one, { callback: callbackOf(one) }))));

    const again = payouts.map((one, index) =>
      saveOf(one, { revision: 2, ...(index === 2 ? {} : { callback: callbackOf(one) }) }),
    );
    const outcomes = await Promise.all(again.map(save));

    expect(outcomes).toEqual(payouts.map((_, index) => (index === 2 ? 'saved' : 'repeated')));
    expect(await stored(payouts)).toBe(6);
    expect(await journaled(payouts)).toBe(7);
  });

  test('are both left out where the payout has moved on', async () => {
    const payouts = await putMany(3);
    const { save } = createBatches(store.db, () => null);

    const outcomes = await Promise.all(
      payouts.map((one) => save(saveOf(one, { revision: 7, callback: callbackOf(one) }))),
    );

    expect(outcomes).toEqual(['outdated', 'outdated', 'outdated']);
    expect(await stored(payouts)).toBe(0);
  });

  test('are stored once, of twelve that come to three replicas at the same time', async () => {
    const [one] = await putMany(1);
    if (one === undefined) throw new Error('no payout was put');
    const replicas = [1, 2, 3].map(() => createBatches(store.db, () => null));
    const saves = replicas.flatMap(({ save }) =>
      Array.from({ length: 4 }, () => save(saveOf(one, { callback: callbackOf(one) }))),
    );

    const outcomes = await Promise.all(saves);

    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
    expect(await stored([one])).toBe(1);
    expect(await journaled([one])).toBe(1);
  });
});

describe('new payouts that come at the same time', () => {
  test('are stored in few statements, each with its first entry', async () => {
    const { db, statements } = counted(store.db);
    const { insert } = createBatches(db, () => null);
    const created = Array.from({ length: 40 }, () => newStored());

    const inserted = await Promise.all(created.map(insert));

    expect(inserted).toEqual(created.map(() => true));
    expect(statements()).toBeLessThan(8);
    const rows = await store.database.query(
      `select 1 from payout_events where kind = 'created' and payout_id = any($1)`,
      [created.map(({ payout }) => payout.id)],
    );
    expect(rows).toHaveLength(40);
  });

  test('are read as they were given', async () => {
    const { insert, find } = createBatches(store.db, () => null);
    const details = {
      description: 'Ünïcode "quoted" \\u0041 %s',
      purpose: null,
      returnUrl: 'https://example.com/?a=b&c',
      cashier: { pin: '7', front_end_name: 'TEST EUR', site_id: 170 },
      metadata: { note: 'a\nb' },
      receiver: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    };
    const created = newStored({ details });

    expect(await insert(created)).toBe(true);

    const found = await find(created.payout.id);
    expect(found?.payout).toEqual(created.payout);
    expect({ ...found?.details, receiver: null }).toEqual({ ...created.details, receiver: null });
    expect(details.receiver.equals(found?.details.receiver ?? Buffer.alloc(0))).toBe(true);
  });

  test('of one key are one payout, whatever else is stored next to them', async () => {
    const { insert } = createBatches(store.db, () => null);
    const other = createBatches(store.db, () => null);
    const details = { idempotencyKey: 'the same' };
    const same = Array.from({ length: 20 }, () => newStored({ details }));
    const others = Array.from({ length: 20 }, () => newStored());

    const inserted = await Promise.all([
      ...same.map((one, index) => (index % 2 === 0 ? insert(one) : other.insert(one))),
      ...others.map(insert),
    ]);

    expect(inserted.slice(0, 20).filter(Boolean)).toHaveLength(1);
    expect(inserted.slice(20)).toEqual(others.map(() => true));
  });
});

test('new payouts that two replicas are sent in another order never wait for each other', async () => {
  const rounds = Array.from({ length: 12 }, async () => {
    const created = Array.from({ length: 24 }, () => newStored());
    const [ours, theirs] = await Promise.all([
      insertPayouts(store.db, created),
      insertPayouts(store.db, created.toReversed()),
    ]);
    return [...ours, ...theirs].filter(Boolean).length;
  });

  // A deadlock would be an error of one of the two.
  expect(await Promise.all(rounds)).toEqual(rounds.map(() => 24));
});

test('a row that cannot be read fails the reads that look for it, and no read next to them', async () => {
  const stored = await putMany(8);
  const bad = stored[5];
  const id = bad?.payout.id;
  await store.database.query(`update payouts set memory = '{}' where id = $1`, [id]);
  const { find } = createBatches(store.db, () => null);

  const settled = await Promise.allSettled(stored.map(({ payout }) => find(payout.id)));

  const kinds = settled.map(({ status }) => status);
  expect(kinds).toEqual(stored.map((one) => (one === bad ? 'rejected' : 'fulfilled')));
});

describe('a statement that fails', () => {
  test('fails only the save that is to blame, where the database refused it', async () => {
    const stored = await putMany(10);
    const save = createSaver(store.db);
    const refused = (one: StoredPayout): Save => {
      const bad = saveOf(one);
      // An open payout without a due time is what the table itself forbids.
      return { ...bad, due: null };
    };

    const settled = await Promise.allSettled(
      stored.map((one, index) => save(index === 5 ? refused(one) : saveOf(one))),
    );

    const kinds = settled.map(({ status }) => status);
    expect(kinds).toEqual(stored.map((_, index) => (index === 5 ? 'rejected' : 'fulfilled')));
    expect(await journaled(stored)).toBe(9);
  });

  test('leaves all of them unknown, where the server stopped after it', async () => {
    const stored = await putMany(5);
    let statements = 0;
    const stopping: Database = {
      ...store.db,
      query: async (statement) => {
        statements += 1;
        const result = await store.db.query<never>(statement);
        if (statements > 3) return result;
        // admin_shutdown: it may come between a commit and its answer.
        throw Object.assign(new DatabaseError('terminating connection', 0, 'error'), {
          code: '57P01',
        });
      },
    };
    const save = createSaver(stopping);

    const settled = await Promise.allSettled(stored.map((one) => save(saveOf(one))));

    expect(settled.map(({ status }) => status)).toEqual(stored.map(() => 'rejected'));
    expect(await journaled(stored)).toBe(5);
  });

  test('because of a locked row delays no other save for longer than that', async () => {
    const stored = await putMany(8);
    // The first two go alone.
    const locked = stored[4];
    const save = createSaver(store.db);
    const began = performance.now();

    const others = await store.db.transaction(async (db) => {
      const id = locked?.payout.id;
      await db.query({ text: 'select 1 from payouts where id = $1 for update', values: [id] });
      const saves = stored.map((one) => save(saveOf(one)));
      // One of them waits until this transaction ends; its own failure is looked at below.
      const settled = Promise.allSettled(saves);
      await Promise.all(saves.filter((_, index) => stored[index] !== locked));
      return { settled, afterMs: performance.now() - began };
    });

    // The batch gives up on the lock after 2 s, and then only the locked one waits once more.
    expect(others.afterMs).toBeLessThan(3500);
    const kinds = (await others.settled).filter(({ status }) => status === 'rejected');
    expect(kinds.length).toBeLessThanOrEqual(1);
  });

  test('leaves all of them unknown, where the connection was lost', async () => {
    const stored = await putMany(5);
    const lost: Database = { ...store.db, query: async () => Promise.reject(new Error('gone')) };
    const save = createSaver(lost);

    const settled = await Promise.allSettled(stored.map((one) => save(saveOf(one))));

    expect(settled.map(({ status }) => status)).toEqual(stored.map(() => 'rejected'));
    expect(await journaled(stored)).toBe(0);
  });
});

test('several saves and the extension of their leases never wait for each other', async () => {
  const stored = await putMany(60);
  const ids = stored.map(({ payout }) => payout.id);
  await store.database.query(
    `update payouts set lease_token = 'mine', lease_until = now() + interval '1 minute'
     where id = any($1)`,
    [ids],
  );
  const save = createSaver(store.db);
  const held = ids.map((id) => ({ id, token: 'mine' })).toReversed();

  const rounds = Array.from({ length: 15 }, (_, index) => index);
  const writing = rounds.map(async (index) => {
    const again = stored.map((one) => save(saveOf(one, { revision: index + 1 })));
    const [extended] = await Promise.all([extendLeases(store.db, held, null), ...again]);
    return extended.length;
  });

  // A deadlock would be an error of the extension.
  expect(await Promise.all(writing)).toEqual(rounds.map(() => 60));
});
