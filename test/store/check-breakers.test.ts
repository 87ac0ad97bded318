/**
 * What the breaker of payout-checks counts in: each call is one statement that is atomic over all
 * replicas. The same tests run on the one in memory, which other tests trust in its place.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCheckBreakers } from '../../src/store/check-breakers.ts';
import { createMemoryBreakerStore } from '../support/memory-breaker-store.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

let database: StoreUnderTest;
beforeAll(async () => {
  database = await createStore();
});
afterAll(() => database.close());

const AT = Date.UTC(2026, 0, 1);
const OPENING = { at: AT, probeAt: AT + 60_000 };
const CLOSED = { refusals: 0, openedAt: null, probes: 0, probeAt: null };
const OPEN = { refusals: 20, openedAt: AT, probes: 1, probeAt: AT + 60_000 };

const inDatabase = (endpoint: string, settingsHash = 'settings') =>
  createCheckBreakers(database.db, { endpoint, settingsHash });

describe.each([
  ['in the database', () => inDatabase(randomUUID())],
  ['in memory', createMemoryBreakerStore],
])('a breaker %s', (_where, create) => {
  test('is closed before anything was refused', async () => {
    const store = create();
    expect(await store.read()).toEqual(CLOSED);
    expect(await store.read()).toEqual(CLOSED);
  });

  test('counts, opens with the last one, and keeps when that was', async () => {
    const store = create();
    expect(await store.add(19, 20, OPENING)).toEqual({ ...CLOSED, refusals: 19 });
    expect(await store.add(1, 20, OPENING)).toEqual(OPEN);
    const later = { at: AT + 5000, probeAt: AT + 90_000 };
    expect(await store.add(3, 20, later)).toEqual({ ...OPEN, refusals: 23 });
  });

  test('counts from its first refusal on, unread', async () => {
    expect(await create().add(20, 20, OPENING)).toEqual(OPEN);
  });

  test('counts each of a hundred at the same time', async () => {
    const store = create();
    await Promise.all(Array.from({ length: 100 }, () => store.add(1, 20, OPENING)));
    expect(await store.read()).toEqual({ ...OPEN, refusals: 100 });
  });

  test('closes when one is accepted', async () => {
    const store = create();
    await store.add(20, 20, OPENING);
    expect(await store.reset()).toEqual(CLOSED);
    expect(await store.read()).toEqual(CLOSED);
  });

  test('closes for an operator only where it was opened before', async () => {
    const store = create();
    await store.add(20, 20, OPENING);
    expect(await store.release(AT)).toEqual(OPEN);
    expect(await store.release(AT + 1)).toEqual(CLOSED);
    await store.add(7, 20, OPENING);
    expect(await store.release(AT + 1)).toEqual({ ...CLOSED, refusals: 7 });
  });

  test('gives a probe that is due to one of many', async () => {
    const store = create();
    await store.add(20, 20, OPENING);
    const early = { probes: 1, now: AT + 59_999, nextAt: AT + 180_000 };
    expect(await store.takeProbe(early)).toBeNull();
    const due = { ...early, now: AT + 60_000 };
    const taken = await Promise.all(Array.from({ length: 5 }, () => store.takeProbe(due)));
    expect(taken.filter((state) => state !== null)).toEqual([
      { ...OPEN, probes: 2, probeAt: AT + 180_000 },
    ]);
  });
});

describe('in the database', () => {
  test('endpoints count for themselves', async () => {
    await inDatabase('one').add(20, 20, OPENING);
    expect(await inDatabase('other').read()).toEqual(CLOSED);
  });

  test('other settings of one endpoint count for themselves, side by side', async () => {
    const [old, changed] = [inDatabase('side by side', 'old'), inDatabase('side by side', 'new')];
    await changed.add(19, 20, OPENING);
    await old.reset();
    expect((await changed.add(1, 20, OPENING)).openedAt).toBe(AT);
    expect(await old.read()).toEqual(CLOSED);
    await old.reset();
    expect(await changed.read()).toEqual(OPEN);
  });

  test('settings that are new begin open where those before them were', async () => {
    await inDatabase('changed', 'wrong').add(20, 20, OPENING);
    expect(await inDatabase('changed', 'wrong as well').read()).toEqual(OPEN);
    await inDatabase('changed', 'wrong').reset();
    await inDatabase('changed', 'wrong as well').reset();
    expect(await inDatabase('changed', 'right').read()).toEqual(CLOSED);
  });

  test('a process that starts finds what the one before it counted', async () => {
    await inDatabase('restarted').add(20, 20, OPENING);
    expect(await inDatabase('restarted').read()).toEqual(OPEN);
  });
});
