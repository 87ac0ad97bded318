/**
 * The book of leases: which ones this process may still rely on, by its own clock and before the
 * database lets another process claim the row.
 */

import { expect, test } from 'vitest';
import { createLeaseBook } from '../../src/runner/leases.ts';

const LEASE_MS = 6000;

function createBook() {
  let now = 0;
  let answered: (
    held: readonly { id: string; token: string }[],
  ) => { id: string; token: string }[] = (held) => held.map(({ id, token }) => ({ id, token }));
  let requests = 0;
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic: () => now,
    extend: async (held) => {
      requests += 1;
      return answered(held);
    },
  });
  return {
    book: {
      ...book,
      open: (id: string, token: string, sinceMs: number) =>
        book.open(id, token, { monotonicMs: sinceMs, wallMs: 0 }),
    },
    at: (ms: number) => {
      now = ms;
    },
    answer: (next: typeof answered) => {
      answered = next;
    },
    requests: () => requests,
  };
}

test('a lease holds a little shorter than it was granted, counted from before it was requested', () => {
  const { book, at } = createBook();
  const lease = book.open('po_1', 'a', 0);
  at(5700);
  expect(lease.holds()).toBe(true);
  at(5800);
  expect(lease.holds()).toBe(false);
});

test('extending carries it on from the moment in which that was requested', async () => {
  const { book, at } = createBook();
  const lease = book.open('po_1', 'a', 0);
  at(4000);
  await book.extendAll();
  at(9700);
  expect(lease.holds()).toBe(true);
  at(9800);
  expect(lease.holds()).toBe(false);
});

test('one that the database no longer knows is lost immediately, and counted', async () => {
  const { book, answer } = createBook();
  const [kept, taken] = [book.open('po_1', 'a', 0), book.open('po_2', 'a', 0)];
  answer((held) => held.filter(({ id }) => id === 'po_1').map(({ id, token }) => ({ id, token })));
  await book.extendAll();
  expect([kept.holds(), taken.holds()]).toEqual([true, false]);
  expect(book.lost()).toBe(1);
});

test('one that is lost is counted once, however long its work goes on', async () => {
  const { book, answer } = createBook();
  const lease = book.open('po_1', 'a', 0);
  answer(() => []);
  await book.extendAll();
  await book.extendAll();
  book.close(lease);
  expect(book.lost()).toBe(1);
});

test('one that expired before its work ended is lost, without a request to the database', () => {
  const { book, at } = createBook();
  const [late, inTime] = [book.open('po_1', 'a', 0), book.open('po_2', 'a', 2000)];
  at(LEASE_MS);
  book.close(late);
  book.close(inTime);
  expect(book.lost()).toBe(1);
});

test('the same row under another token is another lease', async () => {
  const { book, answer } = createBook();
  const first = book.open('po_1', 'a', 0);
  const second = book.open('po_1', 'b', 0);
  answer(() => [{ id: 'po_1', token: 'b' }]);
  await book.extendAll();
  expect([first.holds(), second.holds()]).toEqual([false, true]);
});

test('a closed lease holds no more, and is not extended', async () => {
  const { book, requests } = createBook();
  const lease = book.open('po_1', 'a', 0);
  book.close(lease);
  expect(lease.holds()).toBe(false);
  await book.extendAll();
  expect(requests()).toBe(0);
  expect(book.lost()).toBe(0);
});

test('one that is closed while it is being extended is neither lost nor brought back', async () => {
  const { book, answer } = createBook();
  const lease = book.open('po_1', 'a', 0);
  answer(() => []);
  const extending = book.extendAll();
  book.close(lease);
  await extending;
  expect(lease.holds()).toBe(false);
  expect(book.lost()).toBe(0);
});

test('a database that cannot be reached leaves the lease to expire by itself', async () => {
  const { book, at, answer } = createBook();
  const lease = book.open('po_1', 'a', 0);
  answer(() => {
    throw new Error('away');
  });
  await expect(book.extendAll()).rejects.toThrow('away');
  at(5000);
  expect(lease.holds()).toBe(true);
  at(6000);
  expect(lease.holds()).toBe(false);
});

test('with a wall clock, a lease ends by either clock, and is carried on by both', async () => {
  let [monotonicMs, wallMs] = [0, 0];
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic: () => monotonicMs,
    wall: () => wallMs,
    extend: async (held) => held,
  });
  const lease = book.open('po_1', 'a', book.now());
  // A suspended machine: its wall clock goes on, its monotonic clock does not.
  wallMs = 5800;
  expect(lease.holds()).toBe(false);
  await book.extendAll();
  expect(lease.holds()).toBe(true);
  // A wall clock that was set back.
  [monotonicMs, wallMs] = [5800, 0];
  expect(lease.holds()).toBe(false);
});
