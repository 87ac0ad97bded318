/**
 * A save that waits for a row which another writer is changing: it is judged by the row as it is
 * once that change is committed, and with it everything that would be written next to it.
 */

import { beforeAll, expect, test } from 'vitest';
import type { Queryable } from '../../src/store/database/pool.ts';
import { makeHeldDue } from '../../src/store/payouts/due-times.ts';
import type { StoredPayout } from '../../src/store/payouts/rows.ts';
import { type Save, savePayouts } from '../../src/store/payouts/save-payouts.ts';
import {
  callbackOf,
  createStore,
  putPayout,
  saveOf,
  type StoreUnderTest,
} from '../support/stored-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
  return () => store.close();
});

/** A save that brings everything with it that a save can bring. */
const fullSaveOf = (stored: StoredPayout, changes: Partial<Save> = {}): Save =>
  saveOf(stored, {
    notifications: [{ id: `letter_${stored.payout.id}`, position: 0, letter: 'A', body: '{}' }],
    callback: callbackOf(stored),
    ...changes,
  });

/** What is on disk of a payout. */
async function onDisk({ payout }: StoredPayout) {
  const [row] = await store.database.query(
    `select revision, lease_token as lease,
       (select count(*)::int from payout_events e
        where e.payout_id = p.id and kind = 'time_passed') as entries,
       (select count(*)::int from callbacks c where c.payout_id = p.id) as callbacks,
       (select count(*)::int from notifications n where n.payout_id = p.id) as letters
     from payouts p where id = $1`,
    [payout.id],
  );
  return row;
}
const nothing = { entries: 0, callbacks: 0, letters: 0 };
const everything = { entries: 1, callbacks: 1, letters: 1 };

const waitingForLocks = async (): Promise<number> => {
  const [row] = await store.database.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row?.count ?? 0;
};

/** Changes something, and commits it only once the saves wait for it. */
async function saveDuring(
  saves: readonly Save[],
  change: (db: Queryable) => Promise<unknown>,
): Promise<readonly string[]> {
  const { saving } = await store.db.transaction(async (db) => {
    await change(db);
    const begun = savePayouts(store.db, saves, null);
    await waitFor('the saves to wait', async () => (await waitingForLocks()) === 1);
    return { saving: begun };
  });
  return saving;
}

const pair = async (): Promise<[StoredPayout, StoredPayout]> => [
  await putPayout(store.db),
  await putPayout(store.db),
];

test('is outdated where the row has another revision by then, and writes nothing', async () => {
  const [changed, other] = await pair();
  const text = 'update payouts set revision = revision + 1 where id = $1';

  const outcomes = await saveDuring([fullSaveOf(changed), fullSaveOf(other)], (db) =>
    db.query({ text, values: [changed.payout.id] }),
  );

  expect(outcomes).toEqual(['outdated', 'saved']);
  expect(await onDisk(changed)).toEqual({ revision: 2, lease: null, ...nothing });
  expect(await onDisk(other)).toEqual({ revision: 2, lease: null, ...everything });
});

test('is saved on the row as it is by then, where only its lease was given', async () => {
  const [changed, other] = await pair();
  const text = `update payouts set lease_token = 'theirs', lease_until = now() + interval '1 minute'
    where id = $1`;
  const lease = { token: 'ours', require: false, release: true };

  const outcomes = await saveDuring([fullSaveOf(changed, { lease }), fullSaveOf(other)], (db) =>
    db.query({ text, values: [changed.payout.id] }),
  );

  expect(outcomes).toEqual(['saved', 'saved']);
  expect(await onDisk(changed)).toEqual({ revision: 2, lease: 'theirs', ...everything });
});

test('is outdated as an intent whose lease another replica has by then', async () => {
  const [changed, other] = await pair();
  const text = 'update payouts set lease_token = $2 where id = $1';
  await store.database.query(
    `update payouts set lease_token = 'ours', lease_until = now() + interval '1 minute'
     where id = any($1)`,
    [[changed.payout.id, other.payout.id]],
  );
  const lease = { token: 'ours', require: true, release: false };

  const outcomes = await saveDuring(
    [fullSaveOf(changed, { lease }), fullSaveOf(other, { lease })],
    (db) => db.query({ text, values: [changed.payout.id, 'theirs'] }),
  );

  expect(outcomes).toEqual(['outdated', 'saved']);
  expect(await onDisk(changed)).toEqual({ revision: 1, lease: 'theirs', ...nothing });
});

test('takes a callback whose first copy was rolled back', async () => {
  const [stored] = await pair();
  let outcomes: Promise<readonly string[]> | undefined;
  const rolledBack = store.db.transaction(async (db) => {
    await db.query({
      text: `insert into callbacks
        (endpoint, received_at, dedupe_key, status, order_id, client_order_id)
        values ('default', now(), $1, 'approved', '1', $2)`,
      values: [JSON.stringify(['default', 'approved', '1', stored.payout.id]), stored.payout.id],
    });
    outcomes = savePayouts(store.db, [fullSaveOf(stored)], null);
    await waitFor('the save to wait', async () => (await waitingForLocks()) === 1);
    throw new Error('changed my mind');
  });

  await expect(rolledBack).rejects.toThrow('changed my mind');
  expect(await outcomes).toEqual(['saved']);
  expect(await onDisk(stored)).toEqual({ revision: 2, lease: null, ...everything });
});

test('never waits for a resume that waits for it', async () => {
  const [first, second] = (await pair()).toSorted((a, b) => (a.payout.id < b.payout.id ? -1 : 1));
  if (first === undefined || second === undefined) throw new Error('no payouts were put');
  // The index leads to the second one first.
  await store.database.query(
    `update payouts set attention = '[{"code":"paused"}]', due_at = now() + interval '1 day',
       status_since = now() - case when id = $1 then interval '1 day' else interval '1 hour' end
     where id = any($2)`,
    [second.payout.id, [first.payout.id, second.payout.id]],
  );
  const both: Promise<unknown>[] = [];
  await store.db.transaction(async (db) => {
    await db.query({
      text: 'select 1 from payouts where id = $1 for no key update',
      values: [first.payout.id],
    });
    both.push(savePayouts(store.db, [fullSaveOf(first), fullSaveOf(second)], null));
    await waitFor('the save to wait', async () => (await waitingForLocks()) === 1);
    both.push(makeHeldDue(store.db, Date.now()));
    await waitFor('the resume to wait', async () => (await waitingForLocks()) === 2);
  });

  const [outcomes] = await Promise.all(both);
  expect(outcomes).toEqual(['saved', 'saved']);
});
