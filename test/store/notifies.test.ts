/**
 * Whether the installation notifies, as an update of the program finds it: where notifications were
 * written before there was a place to say so, they are not skipped by a start that says nothing.
 */

import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { createDatabase, type Database } from '../../src/store/database/pool.ts';
import { readNotifies, recordNotifies } from '../../src/store/notifications/notifies.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const MIGRATIONS = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));

let earlier: string;
let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  earlier = await mkdtemp(join(tmpdir(), 'payout-earlier-'));
  const names = (await readdir(MIGRATIONS)).filter((name) => name < '005');
  for (const name of names) await copyFile(join(MIGRATIONS, name), join(earlier, name));
  database = await createTestDatabase();
  db = createDatabase(database.connectionString, () => {});
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(earlier, { recursive: true });
});

test.each([
  ['true where notifications were written before', true],
  ['not known where none were', null],
])('after an update it is %s', async (_name, expected) => {
  await database.query('drop schema public cascade');
  await database.query('create schema public');
  await migrate(database.connectionString, { migrations: earlier });
  if (expected === true) {
    await database.query(
      `insert into payouts (id, reference, api_key_name, idempotency_key, fingerprint, endpoint,
         release, amount_minor, currency, receiver, status, status_since, money_moved, memory,
         version, due_at, created_at, updated_at)
       values ('po_1', 'r', 'k', 'i', 'f', 'default', 'automatic', 1, 'EUR', '', 'requested', now(),
         'no', '{}', 1, now(), now(), now())`,
    );
    await database.query(
      `insert into notifications (id, payout_id, position, letter, body, due_at, created_at)
       values ('po_1_A', 'po_1', 0, 'A', '{}', now(), now())`,
    );
  }
  await migrate(database.connectionString);
  expect(await readNotifies(db)).toBe(expected);
});

test('what a start says is stored, and distinguished from what was so before', async () => {
  await database.query('update installation set notifies = null');
  expect([await recordNotifies(db, true), await readNotifies(db)]).toEqual([true, true]);
  expect([await recordNotifies(db, true), await readNotifies(db)]).toEqual([false, true]);
  expect([await recordNotifies(db, false), await readNotifies(db)]).toEqual([true, false]);
});
