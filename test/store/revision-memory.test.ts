/**
 * The memory of commits keeps the newest ones, and compares them with the rows and the journal.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRevisionMemory } from '../../src/store/history/revision-memory.ts';
import { putRawEvent, putRawPayout } from '../support/raw-payouts.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

const AT = Date.UTC(2026, 4, 1, 12, 0, 0, 123);
/** Of an entry that was never written. */
const LOST_AT = AT + 1;

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

/** A payout whose journal has an entry of this time. */
async function putCommitted(revision = 1): Promise<string> {
  const id = await putRawPayout(store.database, { revision });
  await putRawEvent(store.database, id, AT);
  return id;
}

test('rows at or above what was committed, with its entries, lack nothing', async () => {
  const tracking = createRevisionMemory();
  expect(await tracking.findLoss(store.db)).toBeNull();
  tracking.remember(await putCommitted(3), 3, AT);
  tracking.remember(await putCommitted(1_000_003), 3, AT);
  expect(await tracking.findLoss(store.db)).toBeNull();
});

test('a lower revision and a missing row are distinguished', async () => {
  const tracking = createRevisionMemory();
  const id = await putCommitted(2);
  tracking.remember(id, 3, AT);
  expect(await tracking.findLoss(store.db)).toBe(`${id} has revision 2, although 3 was committed`);
  tracking.forget();
  tracking.remember('po_gone', 1, AT);
  expect(await tracking.findLoss(store.db)).toContain('the row of po_gone is gone');
});

test.each([3, 4])(
  'a missing entry of revision 3 is a loss, also where another process wrote revision %i',
  async (revision) => {
    const tracking = createRevisionMemory();
    const id = await putCommitted(revision);
    // The very same time in the journal of another payout proves nothing.
    await putRawEvent(store.database, await putCommitted(), LOST_AT);
    tracking.remember(id, 3, LOST_AT);
    expect(await tracking.findLoss(store.db)).toBe(
      `the journal of ${id} lacks the entry of 2026-05-01T12:00:00.124Z, which revision 3 committed`,
    );
  },
);

test('commits that are acknowledged in the other order count as the newest', async () => {
  const tracking = createRevisionMemory();
  const id = await putCommitted(2);
  tracking.remember(id, 3, LOST_AT);
  tracking.remember(id, 2, AT);
  expect(await tracking.findLoss(store.db)).toContain('although 3 was committed');
});

test('of more commits than it holds, the oldest payouts are forgotten', async () => {
  const tracking = createRevisionMemory(2);
  const kept = await putCommitted();
  tracking.remember('po_oldest', 1, AT);
  tracking.remember(kept, 1, AT);
  tracking.remember('po_newest', 1, AT);
  tracking.remember(kept, 1, AT);
  expect(await tracking.findLoss(store.db)).toContain('po_newest');
  tracking.remember(await putCommitted(), 1, AT);
  expect(await tracking.findLoss(store.db)).toBeNull();
});

test('the mark moves from the entry that was looked for, until it is forgotten', () => {
  const tracking = createRevisionMemory();
  tracking.see(null, null);
  expect([tracking.mark(), tracking.isEmpty()]).toEqual([null, true]);
  const first = { id: '10', payoutId: 'po_1', at: '2026-05-01 12:00:00+00' };
  const second = { ...first, id: '20' };
  tracking.see(first, null);
  expect([tracking.mark(), tracking.isEmpty()]).toEqual([first, false]);
  tracking.see(second, first);
  tracking.see(first, second);
  expect(tracking.mark()).toBe(second);
  // Two statements at a time: what the later one saw does not show that the mark was there.
  tracking.see({ ...first, id: '30' }, first);
  expect(tracking.mark()).toBe(second);
  tracking.forget();
  expect([tracking.mark(), tracking.isEmpty()]).toEqual([null, true]);
});
