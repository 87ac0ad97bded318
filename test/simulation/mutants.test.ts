/**
 * A few of the planted bugs, so that a simulation that sees nothing any more fails the tests; the
 * command `npm run simulate -- --mutants` hunts them all.
 */

import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { mutants } from './mutants/all.ts';
import { catchMutant } from './mutants/run-mutants.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Each is caught by one of the first seeds, within seconds. */
const QUICK = ['intent-after-call', 'send-before', 'blind-resend', 'letter-dropped'];
const SEEDS_MAX = 30;
const WITHIN_MS = 180_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test.each(QUICK)(
  'the planted bug %s is caught',
  async (name) => {
    const mutant = mutants.find((one) => one.name === name);
    expect(mutant).toBeDefined();
    if (mutant === undefined) return;
    const { connectionString } = database;
    const caught = await catchMutant(REPOSITORY, connectionString, mutant, SEEDS_MAX);
    expect(caught).toMatchObject({ kind: 'caught' });
  },
  WITHIN_MS,
);

test('every planted bug names its guard, and there are more than twelve', () => {
  expect(mutants.length).toBeGreaterThan(12);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { guard, rules, changes } of mutants) {
    expect(guard).not.toBe('');
    expect(rules.length).toBeGreaterThan(0);
    expect(changes.length).toBeGreaterThan(0);
  }
});
