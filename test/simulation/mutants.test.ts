/**
 * The planted bugs, so that a simulation that sees nothing any more fails the tests; the command
 * `npm run simulate -- --mutants` says what each was caught by.
 */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { caughtMutants, mutants } from './mutants/all.ts';
import { catchMutant } from './mutants/run-mutants.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Caught by its own seed within seconds; after a change of the service perhaps by another one. */
const WITHIN_MS = 600_000;
const TRIES_MAX = 60;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test.each(caughtMutants)(
  'the planted bug $name is caught',
  async (mutant) => {
    const { connectionString } = database;
    const caught = await catchMutant(REPOSITORY, connectionString, mutant, TRIES_MAX);
    const why = caught.kind === 'not_applicable' ? caught.why : '';
    expect({ kind: caught.kind, why }).toEqual({ kind: 'caught', why: '' });
  },
  WITHIN_MS,
);

test('SAFETY.md names every planted bug', async () => {
  const text = await readFile(join(REPOSITORY, 'SAFETY.md'), 'utf8');
  expect(mutants.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
});

test('SAFETY.md marks the planted bugs that no known seed catches, and no other', async () => {
  const text = await readFile(join(REPOSITORY, 'SAFETY.md'), 'utf8');
  const marked = [...text.matchAll(/`([a-z-]+)` †/g)].map(([, name = '']) => name);
  const sought = mutants.filter(({ seed }) => seed === null).map(({ name }) => name);
  expect(marked.toSorted()).toEqual(sought.toSorted());
});

test('every planted bug names its guard, and there are more than twelve', () => {
  expect(mutants.length).toBeGreaterThan(12);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { guard, rules, changes } of mutants) {
    expect(guard).not.toBe('');
    expect(rules.length).toBeGreaterThan(0);
    expect(changes.length).toBeGreaterThan(0);
  }
});
