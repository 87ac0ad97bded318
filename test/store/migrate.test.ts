import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AssertionFailed } from '../../src/lib/assert.ts';
import {
  checkSchema,
  isOutdated,
  MigrationChanged,
  migrate,
  SchemaNewer,
  SchemaOlder,
} from '../../src/store/database/migrate.ts';
import { OWN_VERSION } from '../../src/store/database/migration-files.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const CREATE = 'create table things (id int primary key);';
const EXTEND = 'alter table things add column name text; insert into things values (1, $$a$$);';
const FAIL = 'insert into things values (2); select 1 / 0;';

let root: string;
let database: TestDatabase;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'payout-migrations-'));
  return () => rm(root, { recursive: true });
});

beforeEach(async () => {
  database = await createTestDatabase();
  // The clone carries the product's schema; these tests bring their own.
  await database.query('drop table schema_migrations');
  return () => database.drop();
});

async function folderWith(files: Record<string, string>): Promise<string> {
  folders += 1;
  const folder = join(root, String(folders));
  await mkdir(folder);
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

async function version(): Promise<number> {
  const [table] = await database.query(`select to_regclass('schema_migrations') as it`);
  if (table?.['it'] === null) return 0;
  const rows = await database.query('select version from schema_migrations');
  return rows.length;
}

const check = (migrations: string) =>
  withConnection(database.connectionString, (client) => checkSchema(client, { migrations }));

describe('applying', () => {
  test('files are applied in order, once each, and recorded with their hash', async () => {
    const migrations = await folderWith({ '002-extend.sql': EXTEND, '001-create.sql': CREATE });
    expect(await version()).toBe(0);

    const first = await migrate(database.connectionString, { migrations });
    const second = await migrate(database.connectionString, { migrations });

    expect(first.map(({ name }) => name)).toEqual(['001-create', '002-extend']);
    expect(second).toEqual([]);
    expect(await database.query('select * from things')).toEqual([{ id: 1, name: 'a' }]);
    expect(await version()).toBe(2);
    const rows = await database.query('select version, sha256 from schema_migrations order by 1');
    expect(rows).toEqual(first.map(({ version: number, sha256 }) => ({ version: number, sha256 })));
  });

  test('a later file is added to what the database already has', async () => {
    const before = await folderWith({ '001-create.sql': CREATE });
    const after = await folderWith({ '001-create.sql': CREATE, '002-extend.sql': EXTEND });
    await migrate(database.connectionString, { migrations: before });

    const applied = await migrate(database.connectionString, { migrations: after });

    expect(applied.map(({ name }) => name)).toEqual(['002-extend']);
  });

  test('a failing file leaves nothing behind and is named', async () => {
    const migrations = await folderWith({ '001-create.sql': CREATE, '002-fail.sql': FAIL });

    const attempt = migrate(database.connectionString, { migrations });

    await expect(attempt).rejects.toThrow('migration 002-fail failed: division by zero');
    expect(await version()).toBe(0);
    expect(await database.query(`select to_regclass('things') as it`)).toEqual([{ it: null }]);
  });

  test('a client that is passed in is used and stays open', async () => {
    const migrations = await folderWith({ '001-create.sql': CREATE });
    await withConnection(database.connectionString, async (client) => {
      await migrate(client, { migrations });
      expect((await client.query('select 7 as it')).rows).toEqual([{ it: 7 }]);
    });
  });

  test('four replicas starting at the same time apply every file once', async () => {
    const migrations = await folderWith({ '001-create.sql': CREATE, '002-extend.sql': EXTEND });
    const replicas = [1, 2, 3, 4].map(() => migrate(database.connectionString, { migrations }));

    const applied = (await Promise.all(replicas)).map((list) => list.length);

    expect(applied.sort((a, b) => a - b)).toEqual([0, 0, 0, 2]);
    expect(await database.query('select id from things')).toEqual([{ id: 1 }]);
  });

  test('a replica waits while another one holds the lock', async () => {
    const migrations = await folderWith({ '001-create.sql': CREATE });
    await migrate(database.connectionString, { migrations });
    const holder = new Client({ connectionString: database.connectionString });
    await holder.connect();
    await holder.query('begin; lock table schema_migrations in access exclusive mode');

    let isDone = false;
    const waiting = migrate(database.connectionString, { migrations }).then(() => (isDone = true));
    await expect
      .poll(() => database.query('select 1 from pg_locks where not granted'), { timeout: 10_000 })
      .toHaveLength(1);

    expect(isDone).toBe(false);
    await holder.query('commit');
    expect(await waiting).toBe(true);
    await holder.end();
  });
});

describe('refusing', () => {
  test('a database with a newer schema is refused and left alone', async () => {
    const newer = await folderWith({ '001-create.sql': CREATE, '002-extend.sql': EXTEND });
    const older = await folderWith({ '001-create.sql': CREATE });
    await migrate(database.connectionString, { migrations: newer });

    const attempt = migrate(database.connectionString, { migrations: older });

    await expect(attempt).rejects.toThrow(SchemaNewer);
    await expect(attempt).rejects.toThrow('has schema 2, this program knows schemas up to 1');
    expect(await version()).toBe(2);
  });

  test('a database that lacks a migration is refused where nothing is migrated', async () => {
    const before = await folderWith({ '001-create.sql': CREATE });
    const after = await folderWith({ '001-create.sql': CREATE, '002-extend.sql': EXTEND });
    await expect(check(before)).rejects.toThrow(SchemaOlder);
    await migrate(database.connectionString, { migrations: before });

    await expect(check(after)).rejects.toThrow('has schema 1, this program needs 2');
    expect(await check(before)).toEqual({ found: 1, known: 1 });
    expect(await version()).toBe(1);
  });

  test('an applied file that was changed is refused, and nothing after it is applied', async () => {
    const before = await folderWith({ '001-create.sql': CREATE });
    const after = await folderWith({ '001-create.sql': `${CREATE} `, '002-extend.sql': EXTEND });
    await migrate(database.connectionString, { migrations: before });

    const attempt = migrate(database.connectionString, { migrations: after });

    await expect(attempt).rejects.toThrow(MigrationChanged);
    await expect(attempt).rejects.toThrow('001-create');
    expect(await version()).toBe(1);
  });

  test('other line ends do not count as a change', async () => {
    const unix = await folderWith({ '001-create.sql': `${CREATE}\n-- end\n` });
    const windows = await folderWith({ '001-create.sql': `${CREATE}\r\n-- end\r\n` });
    await migrate(database.connectionString, { migrations: unix });

    expect(await migrate(database.connectionString, { migrations: windows })).toEqual([]);
  });

  test.each([
    ['a gap', ['001-a.sql', '003-c.sql']],
    ['a number used twice', ['001-a.sql', '001-b.sql']],
    ['a first number that is not one', ['002-b.sql']],
    ['a misnamed file', ['001-a.sql', 'second.sql']],
  ])('%s in the numbers is refused before the database is touched', async (_what, names) => {
    const migrations = await folderWith(
      Object.fromEntries(names.map((name) => [name, 'select 1'])),
    );

    const attempt = migrate(database.connectionString, { migrations });

    await expect(attempt).rejects.toThrow(AssertionFailed);
    expect(await database.query(`select to_regclass('schema_migrations') as it`)).toEqual([
      { it: null },
    ]);
  });
});

describe('a newer schema', () => {
  const readableBy = (oldest: number): string =>
    `${EXTEND} update installation set oldest_reader = ${oldest};`;

  /** A program of one migration meets a database of two; the second one says who may go on. */
  async function newerBy(oldest: number, first = CREATE): Promise<string> {
    const newer = { '001-create.sql': CREATE, '002-extend.sql': readableBy(oldest) };
    await migrate(database.connectionString, { migrations: await folderWith(newer) });
    return folderWith({ '001-create.sql': first });
  }

  test('is worked on by a program that it says can, and left as it is', async () => {
    const older = await newerBy(1);

    expect(await migrate(database.connectionString, { migrations: older })).toEqual([]);
    expect(await check(older)).toEqual({ found: 2, known: 1 });
    expect(await version()).toBe(2);
  });

  test('is refused by a program that is older than it says', async () => {
    const older = await newerBy(2);

    await expect(migrate(database.connectionString, { migrations: older })).rejects.toThrow(
      SchemaNewer,
    );
    await expect(check(older)).rejects.toThrow(SchemaNewer);
  });

  test('is refused where the migrations that both know differ', async () => {
    const older = await newerBy(1, `${CREATE} `);

    await expect(check(older)).rejects.toThrow(MigrationChanged);
  });

  test('puts a running program out of work once it can no longer be worked on', async () => {
    const outdated = () =>
      withConnection(database.connectionString, (client) => isOutdated(client, 1));
    await newerBy(1);
    expect(await outdated()).toBe(false);

    await database.query('update installation set oldest_reader = 2');

    expect(await outdated()).toBe(true);
  });
});

test("the product's own migrations are what a test database is made of", async () => {
  const fresh = await createTestDatabase();
  const [row] = await fresh.query<{ count: number }>(
    'select count(*)::int as count from schema_migrations',
  );
  expect(row?.count).toBe(OWN_VERSION);
  await fresh.drop();
});

describe('the fingerprint of the history', () => {
  const REMAKE = `create table payouts_new (like payouts including all);
    drop table payouts cascade; alter table payouts_new rename to payouts;`;
  const recorded = async () =>
    (await database.query('select payouts_oid from installation'))[0]?.['payouts_oid'];
  const actual = async () =>
    (await database.query(`select 'payouts'::regclass::oid::text as oid`))[0]?.['oid'];

  test('follows a migration that makes the table of payouts anew', async () => {
    await database.query('update installation set payouts_oid = $1', [await actual()]);
    const before = await actual();
    const migrations = await folderWith({ '001-remake.sql': REMAKE });
    await migrate(database.connectionString, { migrations });
    expect(await actual()).not.toBe(before);
    expect(await recorded()).toBe(await actual());
  });

  test('that did not fit before is left to the start to notice', async () => {
    await database.query(`update installation set payouts_oid = '1'`);
    const migrations = await folderWith({ '001-remake.sql': REMAKE });
    await migrate(database.connectionString, { migrations });
    expect(await recorded()).toBe('1');
  });
});
