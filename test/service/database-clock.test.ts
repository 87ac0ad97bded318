/**
 * Business time is the database's, whatever the clock of this machine says; and the service knows
 * at every moment whether the two are near enough.
 */

import { describe, expect, test } from 'vitest';
import { createDatabaseClock } from '../../src/service/database/database-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-05-04T10:00:00Z');

/** A machine and a database whose clocks a test moves apart. */
function createTwoClocks() {
  let real = START;
  let monotonic = 5000;
  let wallOff = 0;
  let databaseOff = 0;
  let isAway = false;
  let toMs = 1;
  let fromMs = 1;
  const stepped: number[] = [];
  const pass = (ms: number): void => {
    real += ms;
    monotonic += ms;
  };
  const made = createDatabaseClock({
    wall: () => real + wallOff,
    monotonic: () => monotonic,
    readNow: async () => {
      pass(toMs);
      if (isAway) throw new Error('Connection terminated unexpectedly');
      const now = real + databaseOff;
      pass(fromMs);
      return now;
    },
    onSteppedBack: (byMs) => void stepped.push(byMs),
  });
  return {
    ...made,
    stepped,
    pass,
    /** The machine sleeps: its monotonic clock stands still. */
    suspend: (ms: number) => void (real += ms),
    setWall: (offMs: number) => void (wallOff = offMs),
    setDatabase: (offMs: number) => void (databaseOff = offMs),
    setTrip: (to: number, from: number) => {
      toMs = to;
      fromMs = from;
    },
    setAway: (away: boolean) => void (isAway = away),
    databaseNow: () => real + databaseOff,
  };
}

describe('the time', () => {
  test('is the database’s on a machine that is six hours ahead, or a month', async () => {
    for (const off of [6 * HOUR, 31 * DAY, -6 * HOUR]) {
      const two = createTwoClocks();
      two.setWall(off);
      await two.measure();
      two.pass(1500);
      expect(two.clock.now()).toBe(two.databaseNow());
      expect(two.skewMs()).toBe(off);
    }
  });

  test('takes half of a round trip off, and is wrong by no more than that', async () => {
    const two = createTwoClocks();
    two.setTrip(300, 300);
    await two.measure();
    expect(two.clock.now()).toBe(two.databaseNow());
    two.setTrip(0, 900);
    await two.measure();
    expect(Math.abs(two.clock.now() - two.databaseNow())).toBeLessThanOrEqual(450);
  });

  test('is in whole milliseconds', async () => {
    const two = createTwoClocks();
    two.pass(0.7);
    two.setTrip(0.1, 0.2);
    await two.measure();
    expect(Number.isInteger(two.clock.now())).toBe(true);
  });

  test('goes on from the last reading while the database is away', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.setAway(true);
    two.pass(HOUR);
    expect(await two.measure()).toBe(false);
    expect(two.clock.now()).toBe(two.databaseNow());
  });

  test('never goes back by a reading that is a little behind', async () => {
    const two = createTwoClocks();
    await two.measure();
    const before = two.clock.now();
    two.setDatabase(-800);
    await two.measure();
    expect(two.clock.now()).toBe(before);
    two.pass(400);
    expect(two.clock.now()).toBe(before);
    two.pass(1000);
    expect(two.clock.now()).toBe(two.databaseNow());
    expect(two.stepped).toEqual([]);
  });

  test('follows a database that was set back an hour immediately, and is trusted by its next reading', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.pass(2000);
    // The clock of the machine that both run on.
    two.setDatabase(-HOUR);
    two.setWall(-HOUR);
    expect(two.isTrusted()).toBe(false);
    expect(await two.measure()).toBe(true);
    expect(two.clock.now()).toBe(two.databaseNow());
    expect(two.stepped).toEqual([HOUR - 2]);
    expect(two.isTrusted()).toBe(false);
    two.pass(2000);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
    const before = two.clock.now();
    two.pass(5000);
    expect(two.clock.now()).toBe(before + 5000);
  });

  test('is not trusted while a database that was set back disagrees with this machine', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.setDatabase(-HOUR);
    await two.measure();
    await two.measure();
    expect(two.clock.now()).toBe(two.databaseNow());
    expect(two.isTrusted()).toBe(false);
    expect(two.problem()).toBe("This machine's clock differs from the database's by 3600.0 s.");
  });
});

test('waiting for a connection is no part of a round trip', async () => {
  let at = 0;
  const made = createDatabaseClock({
    wall: () => START + at,
    monotonic: () => at,
    readNow: async (onSent) => {
      at += 9000;
      onSent();
      return START + at;
    },
  });
  await made.measure();
  expect(made.isTrusted()).toBe(true);
});

test('a first answer that took too long does for the time, and a quick one for trust', async () => {
  const two = createTwoClocks();
  two.setTrip(7000, 0);
  expect(await two.measure()).toBe(true);
  expect(two.clock.now()).toBe(two.databaseNow());
  expect(two.problem()).toBe('The database answers too slowly for its clock to be known.');
  two.setTrip(1, 1);
  await two.measure();
  expect(two.isTrusted()).toBe(true);
  expect(two.stepped).toEqual([]);
});

describe('a machine is trusted', () => {
  test('while its clock is within two seconds of the database’s, both ways', async () => {
    const two = createTwoClocks();
    await two.measure();
    for (const [off, trusted] of [
      [0, true],
      [1900, true],
      [-1900, true],
      [2100, false],
      [-2100, false],
    ] as const) {
      two.setWall(off);
      expect([off, two.isTrusted()]).toEqual([off, trusted]);
    }
  });

  test('never before the first reading', async () => {
    const two = createTwoClocks();
    expect(two.isTrusted()).toBe(false);
    two.setAway(true);
    await two.measure();
    expect(two.isTrusted()).toBe(false);
    expect(two.problem()).toBe("The database's clock has not been read.");
  });

  test('no longer from the moment on at which its clock jumps between two heartbeats', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.pass(300);
    two.setWall(6 * HOUR);
    expect(two.isTrusted()).toBe(false);
    expect(two.problem()).toBe("This machine's clock differs from the database's by 21600.0 s.");
    two.setWall(0);
    expect(two.isTrusted()).toBe(true);
  });

  test('no longer once it wakes up from being suspended, until the clock was read again', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.suspend(HOUR);
    expect(two.isTrusted()).toBe(false);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
    expect(two.clock.now()).toBe(two.databaseNow());
  });

  test('not by an answer during which it was suspended', async () => {
    let wall = START;
    let monotonic = 0;
    const made = createDatabaseClock({
      wall: () => wall,
      monotonic: () => monotonic,
      readNow: async () => {
        const now = wall;
        wall += HOUR;
        monotonic += 1;
        return now;
      },
    });
    expect(await made.measure()).toBe(true);
    expect(made.isTrusted()).toBe(false);
  });

  test('not by an answer that took too long to tell the time, until a quick one', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.setTrip(3000, 3000);
    expect(await two.measure()).toBe(true);
    expect(two.isTrusted()).toBe(false);
    // The quick reading from before is the better one.
    expect(two.clock.now()).toBe(two.databaseNow());
    two.setTrip(1, 1);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
  });

  test('only where skew and doubt together stay within two seconds', async () => {
    const two = createTwoClocks();
    two.setWall(1000);
    two.setTrip(1200, 1200);
    await two.measure();
    expect(two.isTrusted()).toBe(false);
    expect(two.problem()).toBe('The database answers too slowly for its clock to be known.');
    two.setTrip(400, 400);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
  });

  test('not by a reading that is older than some missed heartbeats', async () => {
    const two = createTwoClocks();
    await two.measure();
    two.setAway(true);
    two.pass(14_000);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
    two.pass(2000);
    expect(two.isTrusted()).toBe(false);
    two.setAway(false);
    await two.measure();
    expect(two.isTrusted()).toBe(true);
  });

  test('not after a lost connection, before an answer to a later question', async () => {
    let answer: (now: number) => void = () => undefined;
    const made = createDatabaseClock({
      wall: () => START,
      monotonic: () => 0,
      readNow: () => new Promise((resolve) => (answer = resolve)),
    });
    const first = made.measure();
    answer(START);
    expect(await first).toBe(true);
    expect(made.isTrusted()).toBe(true);

    const before = made.measure();
    made.distrust();
    expect(made.isTrusted()).toBe(false);
    answer(START);
    expect(await before).toBe(false);
    expect(made.isTrusted()).toBe(false);

    const later = made.measure();
    answer(START);
    expect(await later).toBe(true);
    expect(made.isTrusted()).toBe(true);
  });
});
