/**
 * The leased runners: rows claimed under leases, a heartbeat for as long as work goes on, and rows
 * that cannot be read set aside. Timers and clock are of the test.
 */

import { expect, test } from 'vitest';
import { systemChance } from '../../src/lib/clock.ts';
import type { Lease } from '../../src/runner/leases.ts';
import { createSlotLimiter } from '../../src/runner/runner.ts';
import { createLeasedRunners } from '../../src/service/leased-runner.ts';
import type { Held } from '../../src/store/payouts/leases.ts';
import { waitFor } from '../support/wait-for.ts';

type Row = { id: string };
type InHand = Row & { lease: Lease; end: () => void };

const HEARTBEAT_MS = 2000;
const LEASE_MS = 6000;

function createWorld({ unreadable = [] as string[], extends: isExtended = true } = {}) {
  let now = 0;
  const timers: { at: number; act: () => void }[] = [];
  const rows: Row[] = [];
  const inHand = new Map<string, InHand>();
  const extended: string[][] = [];
  const setAside: Held[] = [];
  const errors: unknown[] = [];
  const runners = createLeasedRunners<Row>({
    app: { chance: systemChance, clock: { now: () => now, monotonic: () => now } },
    queues: new Map([
      [
        'queue',
        {
          limiter: createSlotLimiter(10),
          claim: async (limit) => ({
            claimed: rows.splice(0, limit),
            unreadable: unreadable.splice(0).map((id) => ({ id, error: new Error(id) })),
          }),
          idOf: ({ id }) => id,
          handle: (row) =>
            new Promise((resolve) => {
              inHand.set(row.id, { ...row, end: resolve });
            }),
          setAside: async (held) => void setAside.push(held),
        },
      ],
    ]),
    extend: async (held) => {
      extended.push(held.map(({ id }) => id));
      if (!isExtended) throw new Error('no database');
      return held;
    },
    onError: (error) => void errors.push(error),
    timers: {
      after: (delayMs, act) => {
        const timer = { at: now + delayMs, act };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
  });
  return {
    runners,
    rows,
    inHand,
    extended,
    setAside,
    errors,
    timers,
    /** Moves the clock to the next heartbeat, and lets that end. */
    heartbeat: async () => {
      now += HEARTBEAT_MS;
      const due = timers.splice(0).filter(({ at }) => at <= now);
      for (const { act } of due) act();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('leases are extended until their rows are handled, and the heartbeat ends with the work', async () => {
  const world = createWorld();
  world.rows.push({ id: 'a' }, { id: 'b' });
  const round = world.runners.runOnce('queue');
  await waitFor('both', () => world.inHand.size === 2);
  const { lease } = world.inHand.get('a') ?? {};
  for (let ms = 0; ms < 2 * LEASE_MS; ms += HEARTBEAT_MS) await world.heartbeat();
  expect(lease?.holds()).toBe(true);
  world.inHand.get('b')?.end();
  await new Promise((resolve) => setImmediate(resolve));
  await world.heartbeat();
  expect(world.extended.at(-1)).toEqual(['a']);
  world.inHand.get('a')?.end();
  expect(await round).toBe(2);
  expect(lease?.holds()).toBe(false);
  const beats = world.extended.length;
  await world.heartbeat();
  expect(world.extended).toHaveLength(beats);
  expect(world.timers).toEqual([]);
  expect(world.runners.leasesLost()).toBe(0);
});

test('a lease that could not be extended in time holds no more and is counted as lost', async () => {
  const world = createWorld({ extends: false });
  world.rows.push({ id: 'a' });
  const round = world.runners.runOnce('queue');
  await waitFor('it', () => world.inHand.size === 1);
  for (let ms = 0; ms < LEASE_MS; ms += HEARTBEAT_MS) await world.heartbeat();
  expect(world.inHand.get('a')?.lease.holds()).toBe(false);
  expect(world.runners.lastHeartbeatMs()).toBe(LEASE_MS);
  expect(world.errors.map(String)).toEqual(Array(3).fill('Error: no database'));
  world.inHand.get('a')?.end();
  await round;
  expect(world.runners.leasesLost()).toBe(1);
});

test('rows that cannot be read are set aside under the token of their claim', async () => {
  const world = createWorld({ unreadable: ['bad'] });
  expect(await world.runners.runOnce('queue')).toBe(0);
  expect(world.setAside).toEqual([{ id: 'bad', token: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
});

test('the heartbeat runs while a claim is prepared', async () => {
  const world = createWorld();
  let letGo = (): void => {};
  const round = world.runners.runOnce(
    'queue',
    () =>
      new Promise((resolve) => {
        letGo = resolve;
      }),
  );
  expect(world.timers).toHaveLength(1);
  letGo();
  await round;
});

test('once started it beats also without work, until it is drained', async () => {
  const world = createWorld();
  world.runners.start();
  world.runners.start();
  await world.heartbeat();
  await world.heartbeat();
  expect(world.runners.lastHeartbeatMs()).toBe(0);
  world.rows.push({ id: 'a' });
  world.runners.wake('queue', 0);
  await waitFor('it', () => world.inHand.size === 1);
  const drained = world.runners.drain();
  await world.heartbeat();
  expect(world.extended.at(-1)).toEqual(['a']);
  world.inHand.get('a')?.end();
  await drained;
  expect(world.timers).toEqual([]);
});
