/**
 * A share of the simulation, and that it can be replayed. `npm run simulate -- --count 2000` is the
 * rest of it.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/store/database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openRunDatabase, runSeed } from './run.ts';
import { faultKinds } from './weather.ts';

/** One to two seconds each on one quiet core. */
const SHARE = 20;
/** A change of the service changes every run, and with it which of them knows a rare fault. */
const SHARE_MAX = 75;
const SHARE_WITHIN_MS = 900_000;
/** What a whole run is about comes once in many; each kind has one of its own here. */
const CROWDS: readonly number[] = [158, 344];
const REPLAYED = [5, 12, 20];

let database: TestDatabase;
let real: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  real = openRunDatabase(database.connectionString);
});

afterAll(async () => {
  await real.close();
  await database.drop();
});

test(
  'no rule is violated in a share of the runs, among faults of every kind',
  async () => {
    const missing = new Set<string>(faultKinds);
    const ends = new Set<string>();
    let crashes = 0;
    const seeds = [...CROWDS, ...Array.from({ length: SHARE_MAX }, (_, index) => index + 1)];
    for (const seed of seeds) {
      if (missing.size === 0 && seed > SHARE && !CROWDS.includes(seed)) break;
      const report = await runSeed(seed, real);
      expect(report.violations, `replay: npm run simulate -- --seed ${seed}`).toEqual([]);
      for (const kind of report.faults.keys()) missing.delete(kind);
      for (const end of report.ends.keys()) ends.add(end);
      crashes += report.crashes;
    }
    expect([...missing]).toEqual([]);
    expect(ends.size).toBeGreaterThan(4);
    expect(crashes).toBeGreaterThan(0);
  },
  SHARE_WITHIN_MS,
);

test(
  'one seed gives the same run twice, and another seed another run',
  async () => {
    const digests = new Set<string>();
    for (const seed of REPLAYED) {
      const first = await runSeed(seed, real);
      const second = await runSeed(seed, real);
      expect(second.digest).toBe(first.digest);
      expect(second.events).toBe(first.events);
      digests.add(first.digest);
    }
    expect(digests.size).toBe(REPLAYED.length);
  },
  SHARE_WITHIN_MS,
);
