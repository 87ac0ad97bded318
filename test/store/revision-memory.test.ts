/**
 * The memory of commits keeps the newest ones, and compares them with the rows.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRevisionMemory } from '../../src/store/revision-memory.ts';
import { putRawPayout } from '../support/raw-payouts.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

test('rows at or above what was committed lack nothing', async () => {
  const memory = createRevisionMemory();
  expect(await memory.findLoss(store.db)).toBeNull();
  memory.remember(await putRawPayout(store.database, { revision: 3 }), 3);
  memory.remember(await putRawPayout(store.database, { revision: 1_000_003 }), 3);
  expect(await memory.findLoss(store.db)).toBeNull();
});

test('a lower revision and a missing row are told apart', async () => {
  const memory = createRevisionMemory();
  const id = await putRawPayout(store.database, { revision: 2 });
  memory.remember(id, 3);
  expect(await memory.findLoss(store.db)).toBe(`${id} has revision 2, although 3 was committed`);
  memory.forget();
  memory.remember('po_gone', 1);
  expect(await memory.findLoss(store.db)).toContain('the row of po_gone is gone');
});

test('commits that are acknowledged in the other order count as the newest', async () => {
  const memory = createRevisionMemory();
  const id = await putRawPayout(store.database, { revision: 2 });
  memory.remember(id, 3);
  memory.remember(id, 2);
  expect(await memory.findLoss(store.db)).toContain('although 3 was committed');
});

test('of more commits than it holds, the oldest payouts are forgotten', async () => {
  const memory = createRevisionMemory(2);
  const kept = await putRawPayout(store.database);
  memory.remember('po_oldest', 1);
  memory.remember(kept, 1);
  memory.remember('po_newest', 1);
  memory.remember(kept, 1);
  expect(await memory.findLoss(store.db)).toContain('po_newest');
  memory.remember(await putRawPayout(store.database), 1);
  expect(await memory.findLoss(store.db)).toBeNull();
});
