/**
 * Errors that mean that the database is away. Goal: a caller is asked to come back, and not
 * that the service has a bug.
 */

import { expect, test } from 'vitest';
import { createDatabase, isUnreachable } from '../../src/store/database/pool.ts';
import { createTestDatabase } from '../support/database.ts';

test('a pool whose connections are all in use is away', async () => {
  const database = await createTestDatabase();
  const db = createDatabase(database.connectionString, () => {});
  const sleeps = Array.from({ length: 20 }, () => db.query({ text: 'select pg_sleep(8)' }));

  const error = await db.query({ text: 'select 1' }).catch((reason: unknown) => reason);

  expect(isUnreachable(error)).toBe(true);
  await Promise.all(sleeps);
  await db.close();
  await database.drop();
}, 60_000);

test('a statement that got no answer is away', () => {
  expect(isUnreachable(new Error('Query read timeout'))).toBe(true);
});
