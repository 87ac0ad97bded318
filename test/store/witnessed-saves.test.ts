/**
 * Saves that compare the newest journal entry that their process knows: intents, and what ends a
 * payout, are not committed in a database that lacks it, and nothing that is written hides the gap.
 */

import { beforeEach, expect, test } from 'vitest';
import { createRevisionMemory } from '../../src/store/history/revision-memory.ts';
import type { JournalMark } from '../../src/store/payouts/journal.ts';
import { type Save, savePayouts } from '../../src/store/payouts/save-payouts.ts';
import { createStore, putPayout, saveOf, type StoreUnderTest } from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeEach(async () => {
  store = await createStore();
  return () => store.close();
});

/** Saves with what this process knows, each payout once; the outcomes in their order. */
async function save(
  memory: ReturnType<typeof createRevisionMemory>,
  changes: readonly Partial<Save>[],
): Promise<readonly string[]> {
  const stored = await Promise.all(changes.map(() => putPayout(store.db)));
  const saves = stored.map((one, index) => saveOf(one, { payout: one.payout, ...changes[index] }));
  return savePayouts(store.db, saves, null, memory);
}

async function newest(): Promise<JournalMark | undefined> {
  const [row] = await store.database.query<JournalMark>(
    `select id::text, payout_id as "payoutId", at::text from payout_events
      order by payout_events.id desc limit 1`,
  );
  return row;
}

test('the first save of an empty journal is kept, and its last entry is the mark', async () => {
  const memory = createRevisionMemory();
  expect(await save(memory, [{ inEpoch: true }, {}])).toEqual(['saved', 'saved']);
  expect(memory.mark()).toEqual(await newest());
  expect(await save(memory, [{ inEpoch: true }])).toEqual(['saved']);
  expect(memory.mark()).toEqual(await newest());
});

test.each([
  ['is gone', 'delete from payout_events where id = $1'],
  ['has another time', `update payout_events set at = at + interval '1 microsecond' where id = $1`],
])('where the mark %s, only what decides nothing is saved, and the mark stays', async (_, loss) => {
  const memory = createRevisionMemory();
  await save(memory, [{}]);
  const mark = memory.mark();
  await store.database.query(loss, [mark?.id]);
  const both = [{ inEpoch: true }, { inEpoch: false }];
  expect(await save(memory, both)).toEqual(['outdated', 'saved']);
  expect(memory.mark()).toBe(mark);
  expect(await save(memory, both)).toEqual(['outdated', 'saved']);
});

test('entries of other processes above and below the mark change nothing', async () => {
  const [ours, others] = [createRevisionMemory(), createRevisionMemory()];
  await save(others, [{}]);
  await save(ours, [{}]);
  await save(others, [{}]);
  expect(await save(ours, [{ inEpoch: true }])).toEqual(['saved']);
  expect(await save(others, [{ inEpoch: true }])).toEqual(['saved']);
});
