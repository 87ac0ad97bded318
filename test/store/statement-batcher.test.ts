/**
 * The queue before shared statements: no caller waits in it for as long as a stuck one is stuck.
 */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isRefusal, isUnreachable } from '../../src/store/database/pool.ts';
import { createStatementBatcher } from '../../src/store/database/statement-batcher.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work whose statements end when they are told to. */
function stuck(batchMax = 3) {
  const ends: (() => void)[] = [];
  const statements: (readonly number[])[] = [];
  const together = createStatementBatcher({
    keyOf: (item: number) => `${item}`,
    run: async (items) => {
      statements.push(items);
      await new Promise<void>((resolve) => void ends.push(resolve));
      return items.map((item) => item * 2);
    },
    batchMax,
  });
  const { add: work, waitingLong } = together;
  return { work, waitingLong, statements, endAll: () => ends.splice(0).map((end) => end()) };
}

test('a caller that waits too long behind stuck statements learns that the database is away', async () => {
  const { work, statements } = stuck();
  void work(1);
  void work(2);
  const failed = work(3).catch((error: unknown) => error);

  await vi.advanceTimersByTimeAsync(6000);

  const error = await failed;
  expect(isUnreachable(error)).toBe(true);
  // The server has judged nothing.
  expect(isRefusal(error)).toBe(false);
  expect(statements).toEqual([[1], [2]]);
});

test('a caller that came later goes on waiting, and what was given up is never sent', async () => {
  const { work, statements, endAll } = stuck();
  const begun = [work(1), work(2)];
  const failed = work(3).catch(() => 'given up');
  await vi.advanceTimersByTimeAsync(3000);
  const later = work(4);
  await vi.advanceTimersByTimeAsync(3000);

  expect(await failed).toBe('given up');
  endAll();
  expect(await Promise.all(begun)).toEqual([2, 4]);
  endAll();
  expect(await later).toBe(8);
  expect(statements).toEqual([[1], [2], [4]]);
});

test('a line of any length is worked off in its order, no two of one key together', async () => {
  const statements: (readonly number[])[] = [];
  const together = createStatementBatcher({
    keyOf: (item: number) => `${item % 2}`,
    run: async (items) => {
      statements.push(items);
      return items;
    },
    batchMax: 100,
  });
  const items = Array.from({ length: 500 }, (_, index) => index);

  expect(await Promise.all(items.map(together.add))).toEqual(items);
  expect(Math.max(...statements.map((one) => one.length))).toBe(2);
  expect(statements.flat().filter((item) => item % 2 === 0)).toEqual(
    items.filter((item) => item % 2 === 0),
  );
});

test('those who wait for more than a moment are counted, until they are sent', async () => {
  const { work, waitingLong, endAll } = stuck();
  const all = [1, 2, 3, 4].map(work);
  expect(waitingLong()).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  expect(waitingLong()).toBe(2);
  endAll();
  await Promise.all(all.slice(0, 2));
  expect(waitingLong()).toBe(0);
  endAll();
  await Promise.all(all);
});
