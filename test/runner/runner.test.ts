/**
 * The runner: claims no more than its slots, handles items concurrently, wakes for due work, and
 * drains without losing any.
 */

import { afterEach, describe, expect, test } from 'vitest';
import { createRunner, type Runner } from '../../src/runner/runner.ts';
import { waitFor } from '../support/wait-for.ts';

let runner: Runner | null = null;
afterEach(() => runner?.drain());

type Job = { name: string; end: () => void };

/** A runner over a list of jobs that end when they are told to. */
function createWorkshop({ slots = 10, failing = '' } = {}) {
  const waiting: string[] = [];
  const claims: number[] = [];
  const running = new Map<string, Job>();
  const handled: string[] = [];
  const errors: unknown[] = [];
  let taken = 0;
  let claiming: () => Promise<void> = async () => {};
  runner = createRunner<string>({
    work: {
      claim: async (limit) => {
        claims.push(limit);
        await claiming();
        return waiting.splice(0, limit);
      },
      handle: (name) =>
        new Promise((resolve, reject) => {
          const end = (): void => {
            running.delete(name);
            handled.push(name);
            if (name === failing) reject(new Error(name));
            else resolve();
          };
          running.set(name, { name, end });
        }),
    },
    limiter: {
      slots: () => slots - taken,
      opensAt: () => null,
      take: () => {
        taken += 1;
      },
      giveBack: () => {
        taken -= 1;
      },
    },
    monotonic: () => performance.now(),
    onError: (error) => void errors.push(error),
  });
  return {
    runner,
    waiting,
    claims,
    running,
    handled,
    errors,
    taken: () => taken,
    onClaim: (act: () => Promise<void>) => {
      claiming = act;
    },
    endAll: () => {
      for (const { end } of running.values()) end();
    },
  };
}

describe('a runner', () => {
  test('handles what is due concurrently, no more than it has slots', async () => {
    const shop = createWorkshop({ slots: 3 });
    shop.waiting.push('a', 'b', 'c', 'd', 'e');
    shop.runner.start();
    await waitFor('three', () => shop.running.size === 3);
    expect(shop.waiting).toEqual(['d', 'e']);
    shop.running.get('b')?.end();
    await waitFor('the fourth', () => shop.running.has('d'));
    expect(shop.running.size).toBe(3);
    shop.endAll();
    await waitFor('the last', () => shop.running.has('e'));
    shop.endAll();
    await waitFor('all', () => shop.handled.length === 5);
    expect(shop.taken()).toBe(0);
  });

  test('wakes immediately for work that it is notified of', async () => {
    const shop = createWorkshop();
    shop.runner.start();
    await waitFor('the first claim', () => shop.claims.length > 0);
    shop.waiting.push('now');
    const from = performance.now();
    shop.runner.wake(0);
    await waitFor('it', () => shop.running.has('now'));
    // Below the scan of one second, which would find it too.
    expect(performance.now() - from).toBeLessThan(900);
    shop.endAll();
  });

  test('wakes in time for work that is due soon', async () => {
    const shop = createWorkshop();
    shop.runner.start();
    await waitFor('the first claim', () => shop.claims.length > 0);
    shop.runner.wake(150);
    const from = performance.now();
    const claims = shop.claims.length;
    await waitFor('the wake', () => shop.claims.length > claims);
    expect(performance.now() - from).toBeGreaterThan(100);
    expect(performance.now() - from).toBeLessThan(950);
  });

  test('that is notified of work while it claims claims again, and does not wait for the scan', async () => {
    const shop = createWorkshop();
    let letGo: () => void = () => {};
    shop.onClaim(
      () =>
        new Promise((resolve) => {
          letGo = resolve;
        }),
    );
    shop.runner.start();
    await waitFor('the first claim', () => shop.claims.length === 1);
    shop.onClaim(async () => {});
    shop.runner.wake(0);
    letGo();
    await waitFor('the second claim', () => shop.claims.length === 2, 900);
    expect(shop.claims).toHaveLength(2);
  });

  test('finds work that it was not notified of within a second', async () => {
    const shop = createWorkshop();
    shop.runner.start();
    await waitFor('the first claim', () => shop.claims.length > 0);
    shop.waiting.push('silent');
    const from = performance.now();
    await waitFor('it', () => shop.running.has('silent'), 5000);
    expect(performance.now() - from).toBeLessThan(5000);
    shop.endAll();
  });

  test('goes on after work that failed and after a claim that failed', async () => {
    const shop = createWorkshop({ failing: 'bad' });
    shop.onClaim(async () => {
      shop.onClaim(async () => {});
      throw new Error('no database');
    });
    shop.waiting.push('bad', 'good');
    shop.runner.start();
    await waitFor('both', () => shop.running.size === 2, 5000);
    shop.endAll();
    await waitFor('the failure', () => shop.errors.length === 2);
    expect(shop.errors.map(String)).toEqual(['Error: no database', 'Error: bad']);
    expect(shop.taken()).toBe(0);
  });

  test('claims at most fifty in one statement', async () => {
    const shop = createWorkshop({ slots: 1000 });
    await shop.runner.runOnce();
    expect(shop.claims).toEqual([50]);
  });
});

describe('draining', () => {
  test('waits for what is in flight and takes nothing more', async () => {
    const shop = createWorkshop({ slots: 1 });
    shop.waiting.push('a', 'b');
    shop.runner.start();
    await waitFor('a', () => shop.running.has('a'));
    let drained = false;
    const draining = shop.runner.drain().then(() => {
      drained = true;
    });
    shop.runner.wake(0);
    expect(drained).toBe(false);
    shop.endAll();
    await draining;
    expect(shop.handled).toEqual(['a']);
    expect(shop.waiting).toEqual(['b']);
  });

  test('also waits for what a claim under way brings', async () => {
    const shop = createWorkshop();
    let letGo: () => void = () => {};
    shop.onClaim(
      () =>
        new Promise((resolve) => {
          letGo = resolve;
        }),
    );
    shop.waiting.push('late');
    shop.runner.start();
    await waitFor('the claim', () => shop.claims.length === 1);
    const draining = shop.runner.drain();
    letGo();
    await waitFor('it', () => shop.running.has('late'));
    shop.endAll();
    await draining;
    expect(shop.handled).toEqual(['late']);
  });

  test('of one that never started ends immediately', async () => {
    const shop = createWorkshop();
    await shop.runner.drain();
    expect(shop.claims).toEqual([]);
  });
});
