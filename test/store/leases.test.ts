/**
 * Leases on due payouts: who gets which row, for how long, and what becomes of a row that cannot be
 * read. Times are handed in; nothing here waits.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dueClass } from '../../src/payout/policy/schedule.ts';
import { makeHeldDue } from '../../src/store/payouts/due-times.ts';
import {
  claimDue,
  extendLeases,
  LEASE_MS,
  postpone,
  releaseLease,
} from '../../src/store/payouts/leases.ts';
import { createStore, putPayout, type StoreUnderTest } from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

const NOW = Date.now();
/** Every test has an endpoint of its own, so that none finds another's rows. */
let endpoint: string;
beforeEach(() => {
  endpoint = randomUUID();
});

const put = async (dueAt: number): Promise<string> =>
  (await putPayout(store.db, { endpoint, dueAt })).payout.id;

const putOfClass = async (due: number): Promise<string> => {
  const id = await put(NOW - 1);
  await store.database.query('update payouts set due_class = $2 where id = $1', [id, due]);
  return id;
};

const claimAll = (
  token: string,
  { now = NOW, limit = 50, leaseNow = NOW, pollsFirst = 0, checksMax = 50 } = {},
) =>
  claimDue(store.db, {
    endpoint,
    token,
    now,
    limit,
    pollsFirst,
    checksMax,
    leaseNow: new Date(leaseNow),
  });

const claim = async (token: string, options: Parameters<typeof claimAll>[1] = {}) =>
  (await claimAll(token, options)).claimed.map(({ stored }) => stored.payout.id);

describe('a claim', () => {
  test('takes what is due, the earliest first, and nothing else', async () => {
    const later = await put(NOW - 1000);
    const first = await put(NOW - 5000);
    await put(NOW + 1);
    expect(await claim('a')).toEqual([first, later]);
  });

  test('takes no more than it is allowed, the most urgent class before the others', async () => {
    const polls = [await put(NOW - 9000), await put(NOW - 8000)];
    const pay = await put(NOW - 10);
    await store.database.query('update payouts set due_class = 3 where id = any($1)', [polls]);
    await store.database.query('update payouts set due_class = 0 where id = $1', [pay]);
    expect(await claim('a', { limit: 1 })).toEqual([pay]);
    expect(await claim('b', { limit: 1 })).toEqual([polls[0]]);
  });

  test('serves pay, hint, check, poll and watch in this order', async () => {
    const ids = new Map<number, string>();
    for (const due of Object.values(dueClass).toSorted((a, b) => b - a)) {
      ids.set(due, await putOfClass(due));
    }
    const taken: string[] = [];
    for (const _due of ids) taken.push(...(await claim('a', { limit: 1 })));
    expect(taken).toEqual([0, 1, 2, 3, 4].map((due) => ids.get(due)));
  });

  test('takes what a newer version made due in a class of its own last', async () => {
    const newer = await putOfClass(5);
    const watch = await putOfClass(dueClass.watch);
    expect(await claim('a', { limit: 1 })).toEqual([watch]);
    expect(await claim('a', { limit: 1 })).toEqual([newer]);
  });

  test('gives its first slots to status requests where the claim says so, hints before polls before watches', async () => {
    await putOfClass(dueClass.watch);
    const pays = [await putOfClass(dueClass.pay), await putOfClass(dueClass.pay)];
    const polls = [await putOfClass(dueClass.poll), await putOfClass(dueClass.poll)];
    const hint = await putOfClass(dueClass.hint);
    const { claimed, asks } = await claimAll('a', { limit: 3, pollsFirst: 2 });
    const ids = claimed.map(({ stored }) => stored.payout.id);
    expect(ids).toHaveLength(3);
    expect(ids).toContain(hint);
    expect(ids.filter((id) => polls.includes(id))).toHaveLength(1);
    expect(ids.filter((id) => pays.includes(id))).toHaveLength(1);
    expect(asks).toBe(2);
  });

  test('leaves to others what no status request needs', async () => {
    const checks = [await put(NOW - 1), await put(NOW - 2), await put(NOW - 3)];
    const poll = await putOfClass(dueClass.poll);
    const { claimed, asks } = await claimAll('a', { limit: 4, pollsFirst: 3 });
    expect(claimed.map(({ stored }) => stored.payout.id).toSorted()).toEqual(
      [...checks, poll].toSorted(),
    );
    expect(asks).toBe(1);
    await put(NOW - 1);
    expect(await claim('b', { limit: 1, pollsFirst: 1 })).toHaveLength(1);
  });

  test('never takes a row twice, whatever its share', async () => {
    const all = [await putOfClass(dueClass.hint), await putOfClass(dueClass.poll)];
    for (const pollsFirst of [0, 1, 2, 50]) {
      const taken = await claim(`share ${pollsFirst}`, { pollsFirst });
      expect(taken.toSorted()).toEqual(all.toSorted());
      await Promise.all(
        taken.map((id) => releaseLease(store.db, { id, token: `share ${pollsFirst}` })),
      );
    }
  });

  test('takes no more payout-checks than may start, and everything else next to them', async () => {
    await Promise.all([put(NOW - 1), put(NOW - 2), put(NOW - 3)]);
    const others = [await putOfClass(dueClass.pay), await putOfClass(dueClass.poll)];
    expect((await claim('a', { checksMax: 0 })).toSorted()).toEqual(others.toSorted());
    expect(await claim('b', { checksMax: 2 })).toHaveLength(2);
    expect(await claim('c', { checksMax: 2 })).toHaveLength(1);
  });

  test('leaves alone what another one holds, until its lease has run out', async () => {
    const id = await put(NOW - 1);
    expect(await claim('a')).toEqual([id]);
    expect(await claim('b')).toEqual([]);
    expect(await claim('b', { leaseNow: NOW + LEASE_MS })).toEqual([]);
    expect(await claim('b', { leaseNow: NOW + LEASE_MS + 1 })).toEqual([id]);
  });

  test('made by ten at the same time gives each row to exactly one', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => put(NOW - 1)));
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, index) => claim(`replica ${index}`, { limit: 20 })),
    );
    const all = taken.flat();
    expect(new Set(all).size).toBe(all.length);
    const rest = await claim('last');
    expect([...all, ...rest].toSorted()).toEqual(ids.toSorted());
  });

  test('says whether payments are paused', async () => {
    await put(NOW - 1);
    await store.database.query('update pause set paused = true');
    const { claimed } = await claimAll('a');
    await store.database.query('update pause set paused = false');
    expect(claimed.map(({ paused }) => paused)).toEqual([true]);
  });

  test('hands over a row that cannot be read next to those that can', async () => {
    const good = await put(NOW - 1);
    const bad = await put(NOW - 2);
    await store.database.query(`update payouts set memory = '{}' where id = $1`, [bad]);
    const { claimed, unreadable } = await claimAll('a');
    expect(claimed.map(({ stored }) => stored.payout.id)).toEqual([good]);
    expect(unreadable.map(({ id }) => id)).toEqual([bad]);
  });
});

test('what waits for payments to resume is served like a hint, and new payouts like all of them', async () => {
  const held = new Map<number, string>();
  for (const due of Object.values(dueClass)) held.set(due, await putOfClass(due));
  await store.database.query(
    `update payouts set due_at = $2, attention = '[{"code":"paused"}]' where id = any($1)`,
    [[...held.values()], new Date(NOW + 60_000)],
  );
  await makeHeldDue(store.db, NOW);
  const rows = await store.database.query<{ id: string; due_class: number; due_at: Date }>(
    'select id, due_class, due_at from payouts where id = any($1)',
    [[...held.values()]],
  );
  for (const { due_at: dueAt } of rows) expect(dueAt.getTime()).toBe(NOW);
  const classOf = new Map(rows.map((row) => [row.id, row.due_class]));
  const { pay, hint, check, poll, watch } = dueClass;
  const classes = [pay, hint, check, poll, watch].map((due) => classOf.get(held.get(due) ?? ''));
  expect(classes).toEqual([pay, hint, check, hint, hint]);
});

describe('a lease', () => {
  test('that is extended in time keeps others away', async () => {
    const id = await put(NOW - 1);
    await claim('a');
    const at = new Date(NOW + 4000);
    expect(await extendLeases(store.db, [{ id, token: 'a' }], at)).toEqual([{ id, token: 'a' }]);
    expect(await claim('b', { leaseNow: NOW + LEASE_MS + 1 })).toEqual([]);
    expect(await claim('b', { leaseNow: NOW + 4000 + LEASE_MS + 1 })).toEqual([id]);
  });

  test('that has run out, or is another replica’s, is not extended', async () => {
    const [mine, lost, taken] = [await put(NOW - 3), await put(NOW - 2), await put(NOW - 1)];
    await claim('a');
    await store.database.query('update payouts set lease_until = $2 where id = $1', [
      lost,
      new Date(NOW - 1),
    ]);
    await store.database.query(`update payouts set lease_token = 'b' where id = $1`, [taken]);
    const held = [mine, lost, taken].map((id) => ({ id, token: 'a' }));
    expect(await extendLeases(store.db, held, new Date(NOW))).toEqual([{ id: mine, token: 'a' }]);
  });

  test('is given back only by its own token', async () => {
    const id = await put(NOW - 1);
    await claim('a');
    await releaseLease(store.db, { id, token: 'b' });
    expect(await claim('c')).toEqual([]);
    await releaseLease(store.db, { id, token: 'a' });
    expect(await claim('c')).toEqual([id]);
  });

  test('of work that ran into a bug makes it wait', async () => {
    const id = await put(NOW - 1);
    await claim('a');
    await postpone(store.db, { id, token: 'a' }, new Date(NOW + 60_000));
    expect(await claim('b', { now: NOW + 59_999 })).toEqual([]);
    expect(await claim('b', { now: NOW + 60_000 })).toEqual([id]);
  });

  test('that is postponed leaves a payout alone that has ended meanwhile', async () => {
    const id = await put(NOW - 1);
    await claim('a');
    await store.database.query(
      `update payouts set status = 'canceled', finalized_at = now(), due_at = null where id = $1`,
      [id],
    );
    await postpone(store.db, { id, token: 'a' }, new Date(NOW + 1000));
    expect(await claim('b', { now: NOW + 5000 })).toEqual([]);
  });

  test('by the database’s clock lasts six seconds', async () => {
    const id = await put(NOW - 1);
    await claimDue(store.db, {
      endpoint,
      token: 'a',
      now: NOW,
      limit: 1,
      pollsFirst: 0,
      checksMax: 1,
      leaseNow: null,
    });
    const [row] = await store.database.query<{ left: number }>(
      `select extract(epoch from lease_until - clock_timestamp()) * 1000 as left
       from payouts where id = $1`,
      [id],
    );
    expect(Number(row?.left)).toBeLessThanOrEqual(LEASE_MS);
    expect(Number(row?.left)).toBeGreaterThan(LEASE_MS - 3000);
  });
});
