/**
 * The breaker: refusals in a row stop what starts, one goes first after a start, and what was
 * counted outlives the process. Each test that has two breakers means two replicas, or a restart.
 */

import { beforeEach, describe, expect, test } from 'vitest';
import {
  createRefusalBreaker,
  type RefusalBreaker,
  type RefusalStore,
} from '../../src/runner/refusal-breaker.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryBreakerStore } from '../support/memory-breaker-store.ts';

const MINUTE_MS = 60_000;

let clock: ManualClock;
let store: RefusalStore;
let breaker: RefusalBreaker;
let errors: unknown[];

const start = (over: RefusalStore = store): RefusalBreaker =>
  createRefusalBreaker({
    clock,
    random: () => 0.5,
    store: over,
    onError: (error) => errors.push(error),
  });

/** One that starts and is answered; as it is before payments were ever resumed. */
async function answer(
  outcome: 'accepted' | 'refused' | 'no news',
  from: RefusalBreaker = breaker,
): Promise<string> {
  const permission = await from.begin(0);
  if (permission !== 'go') return permission;
  if (outcome !== 'no news') await from.report(outcome);
  from.end();
  return permission;
}

async function refuse(count: number, from: RefusalBreaker = breaker): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect(await answer('refused', from)).toBe('go');
  }
}

/** How many of so many that come at the same time may start. */
async function startMany(count: number, from: RefusalBreaker = breaker): Promise<number> {
  const permissions = await Promise.all(Array.from({ length: count }, () => from.begin(0)));
  return permissions.filter((permission) => permission === 'go').length;
}

beforeEach(() => {
  clock = createManualClock();
  store = createMemoryBreakerStore();
  errors = [];
  breaker = start();
});

describe('refusals in a row', () => {
  test('stop everything that starts once they are twenty', async () => {
    await answer('accepted');
    await refuse(20);
    expect(await breaker.begin(0)).toBe('hold');
  });

  test('are counted anew when one is accepted', async () => {
    await refuse(19);
    await answer('accepted');
    await refuse(19);
    expect(await breaker.begin(0)).toBe('go');
  });

  test('go on where a process before left off', async () => {
    await refuse(15);
    const next = start();
    await refuse(5, next);
    expect(await next.begin(0)).toBe('hold');
  });

  test('are those of all replicas together', async () => {
    const other = start();
    for (let count = 0; count < 10; count += 1) {
      await refuse(1);
      await refuse(1, other);
    }
    expect(await other.begin(0)).toBe('hold');
    clock.advance(1000);
    expect(await breaker.begin(0)).toBe('hold');
  });

  test('end with one that another replica saw accepted', async () => {
    const other = start();
    await answer('accepted', other);
    await refuse(19);
    clock.advance(1000);
    await answer('accepted', other);
    clock.advance(1000);
    await refuse(19);
    expect(await breaker.begin(0)).toBe('go');
  });

  test('that the store could not count are counted with the next one', async () => {
    let isAway = false;
    breaker = start({
      ...store,
      add: async (...args) => {
        if (isAway) throw new Error('no database');
        return store.add(...args);
      },
    });
    await refuse(10);
    isAway = true;
    await refuse(5);
    expect(errors).toHaveLength(5);
    isAway = false;
    await refuse(1);
    expect((await store.read()).refusals).toBe(16);
  });

  test('cost no write while every one is accepted', async () => {
    let resets = 0;
    breaker = start({
      ...store,
      reset: () => {
        resets += 1;
        return store.reset();
      },
    });
    for (let count = 0; count < 100; count += 1) await answer('accepted');
    expect(resets).toBe(0);
  });
});

describe('after a start', () => {
  test('one goes, and the others wait until it is answered', async () => {
    expect(await startMany(50)).toBe(1);
    expect(breaker.room()).toBe(0);
    await breaker.report('accepted');
    breaker.end();
    expect(await startMany(50)).toBe(20);
  });

  test('no news about the first one lets only the next one go', async () => {
    await answer('no news');
    expect(await startMany(50)).toBe(1);
    breaker.end();
    expect(await startMany(50)).toBe(1);
  });

  test('refusals come one after the other, until one is accepted', async () => {
    await refuse(3);
    expect(await startMany(50)).toBe(1);
    await breaker.report('accepted');
    breaker.end();
    expect(await startMany(50)).toBe(20);
  });

  test('three starts at a gateway that refuses everything cost twenty and one for each', async () => {
    let refused = 0;
    for (let starts = 0; starts < 3; starts += 1) {
      const process = start();
      for (let count = 0; count < 120; count += 1) {
        if ((await answer('refused', process)) === 'go') refused += 1;
      }
    }
    expect(refused).toBe(22);
  });

  test('while it is open one goes first, and the rest are held until it is answered', async () => {
    await refuse(20);
    const next = start();
    expect(await startMany(50, next)).toBe(1);
    await next.report('accepted');
    next.end();
    expect(await next.begin(0)).toBe('go');
  });
});

describe('while calls are in flight', () => {
  test('there are never more of them than it takes to open', async () => {
    await answer('accepted');
    expect(await startMany(50)).toBe(20);
    for (let count = 0; count < 20; count += 1) {
      await breaker.report('refused');
      breaker.end();
    }
    expect(await startMany(50)).toBe(0);
    expect((await store.read()).refusals).toBe(20);
  });

  test('each refusal leaves room for one less', async () => {
    await answer('accepted');
    await refuse(12);
    expect(breaker.room()).toBe(8);
    expect(await startMany(50)).toBe(8);
    await breaker.report('refused');
    breaker.end();
    expect(await startMany(50)).toBe(0);
  });

  test('there is room for one of them at least', async () => {
    await answer('accepted');
    await refuse(19);
    expect(await startMany(50)).toBe(1);
  });

  test('the end of one is reported where others were left behind because no room was left', async () => {
    await answer('accepted');
    expect(await startMany(4)).toBe(4);
    breaker.room();
    breaker.claimed(false);
    expect(breaker.end()).toBe(false);
    breaker.room();
    breaker.claimed(true);
    expect([breaker.end(), breaker.end()]).toEqual([true, true]);
  });

  test('also where it comes before that is known', async () => {
    await answer('accepted');
    expect(await startMany(1)).toBe(1);
    breaker.room();
    expect(breaker.end()).toBe(true);
  });
});

describe('once it is open', () => {
  test('there is room for all, since all are held', async () => {
    await refuse(20);
    expect(breaker.room()).toBe(Number.POSITIVE_INFINITY);
  });

  test('one probe goes through after a minute, the next ones ever more rarely', async () => {
    await refuse(20);
    const waits: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) {
      let waited = 0;
      while ((await answer('refused')) !== 'go') {
        clock.advance(MINUTE_MS / 2);
        waited += 0.5;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  test('a second one does not start next to the probe, and a probe that is lost is followed by another', async () => {
    await refuse(20);
    clock.advance(MINUTE_MS);
    expect(await startMany(10)).toBe(1);
    clock.advance(2 * MINUTE_MS);
    expect(await startMany(10)).toBe(1);
  });

  test('a probe is one for all replicas', async () => {
    const other = start();
    await refuse(1, other);
    await refuse(19);
    clock.advance(MINUTE_MS);
    const started = await Promise.all([startMany(5), startMany(5, other)]);
    expect(started.toSorted()).toEqual([0, 1]);
  });

  test('a probe that is accepted lets everything go on', async () => {
    await refuse(20);
    clock.advance(MINUTE_MS);
    expect(await answer('accepted')).toBe('go');
    expect(await startMany(2)).toBe(2);
  });

  test('an operator who resumes lets everything go on, whenever it was opened', async () => {
    await refuse(20);
    const before = clock.now() - 1;
    expect(await breaker.begin(before)).toBe('hold');
    clock.advance(10);
    expect(await breaker.begin(clock.now())).toBe('go');
    breaker.end();
    await refuse(19);
    expect(await breaker.begin(0)).toBe('go');
  });

  test('refusals of calls that were under way do not make the waits longer', async () => {
    await answer('accepted');
    const [first, second] = [start(), start()];
    await Promise.all([answer('accepted', first), answer('accepted', second)]);
    for (const one of [first, second]) expect(await startMany(20, one)).toBe(20);
    for (const one of [first, second]) {
      for (let count = 0; count < 20; count += 1) {
        await one.report('refused');
        one.end();
      }
    }
    clock.advance(MINUTE_MS);
    expect(await first.begin(0)).toBe('go');
  });
});
