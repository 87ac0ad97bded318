/**
 * Migrations outside of a transaction: an index on a filled table is built while it is written, and
 * whatever stops the build, the next attempt completes it.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { AssertionFailed } from '../../src/lib/assert.ts';
import { AddressedClient, clientOptions } from '../../src/store/database/client-options.ts';
import { refusedRight } from '../../src/store/database/rights.ts';
import { checkSchema, migrate, SchemaOlder } from '../../src/store/database/migrate.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const CREATE = `create table things (id int primary key, name text);
  insert into things select n, 'thing ' || n from generate_series(1, 1000) n;`;
const INDEX = `-- Outside of a transaction: things by their name.
create index concurrently things_name on things (name);
create index concurrently things_long on things (name) where length(name) > 5;`;
const EXTEND = 'alter table things add column note text;';

const WAIT = { timeout: 20_000, interval: 20 };

let database: TestDatabase;
let root: string;
/** The files of a version, by their number. */
let before: string;
let after: string;

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(root, 'files-'));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'payout-outside-'));
  database = await createTestDatabase();
  // The clone carries the product's schema; these tests bring their own.
  await database.query('drop table schema_migrations');
  before = await folderWith({ '001-create.sql': CREATE });
  after = await folderWith({ '001-create.sql': CREATE, '002-index.sql': INDEX });
  return async () => {
    await database.drop();
    await rm(root, { recursive: true });
  };
});

const migrateTo = (migrations: string) => migrate(database.connectionString, { migrations });
const check = (migrations: string) =>
  withConnection(database.connectionString, (client) => checkSchema(client, { migrations }));
const names = (applied: readonly { name: string }[]) => applied.map(({ name }) => name);
const recorded = async () =>
  names(await database.query<{ name: string }>('select name from schema_migrations order by 1'));
const indexes = () =>
  database.query<{ name: string; valid: boolean }>(
    `select indexrelid::regclass::text as name, indisvalid as valid from pg_index
     where indrelid = 'things'::regclass and not indisprimary order by 1`,
  );
const BOTH = [
  { name: 'things_long', valid: true },
  { name: 'things_name', valid: true },
];

/** A writer whose transaction stays open: an index cannot be completed until it ends. */
async function openWriter(): Promise<Client> {
  const writer = new Client({ connectionString: database.connectionString });
  // A test may end its session.
  writer.on('error', () => {});
  await writer.connect();
  await writer.query(`begin; insert into things values (-1, 'in the middle')`);
  return writer;
}

const building = () =>
  database.query<{ pid: number }>(
    `select pid from pg_stat_activity where query like 'create index concurrently%'
       and datname = current_database() and wait_event_type = 'Lock'`,
  );

describe('an index on a filled table', () => {
  test('is built while others write, and recorded when it is complete', async () => {
    await migrateTo(before);
    const writer = await openWriter();
    const said: string[] = [];
    const migrating = migrate(database.connectionString, {
      migrations: after,
      say: (message) => void said.push(message),
    });
    await expect.poll(building, WAIT).toHaveLength(1);

    await database.query(`insert into things values (-2, 'meanwhile')`);
    await database.query(`update things set name = 'renamed' where id = 7`);
    expect(await recorded()).toEqual(['001-create']);
    await writer.query('commit');
    await writer.end();

    expect(names(await migrating)).toEqual(['002-index']);
    expect(await recorded()).toEqual(['001-create', '002-index']);
    expect(await indexes()).toEqual(BOTH);
    expect(said).toEqual([
      'Building the index things_name; reads and writes continue meanwhile.',
      'Building the index things_long; reads and writes continue meanwhile.',
    ]);
    expect(await migrateTo(after)).toEqual([]);
  });

  test('leaves the replicas of the version before at work, and their starts', async () => {
    await migrateTo(before);
    const writer = await openWriter();
    const migrating = migrateTo(after);
    await expect.poll(building, WAIT).toHaveLength(1);

    expect(await check(before)).toEqual({ found: 1, known: 1 });
    expect(await migrateTo(before)).toEqual([]);
    await expect(check(after)).rejects.toThrow(SchemaOlder);
    await writer.query('rollback');
    await writer.end();
    expect(names(await migrating)).toEqual(['002-index']);
  });

  test('is built once where two replicas start at the same time', async () => {
    await migrateTo(before);
    const writer = await openWriter();
    const said: string[] = [];
    const both = [1, 2].map(() =>
      migrate(database.connectionString, {
        migrations: after,
        say: (message) => void said.push(message),
      }),
    );
    await expect.poll(building, WAIT).toHaveLength(1);
    await expect
      .poll(() => said, WAIT)
      .toContain('Waiting for another process that migrates the database.');
    await writer.query('commit');
    await writer.end();

    const applied = (await Promise.all(both)).map((list) => list.length);

    expect(applied.toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(said.filter((line) => line.startsWith('Building'))).toHaveLength(2);
    expect(await indexes()).toEqual(BOTH);
  });

  test('is built anew after a crash in the middle', async () => {
    await migrateTo(before);
    const writer = await openWriter();
    const migrating = migrateTo(after);
    migrating.catch(() => {});
    await expect.poll(building, WAIT).toHaveLength(1);
    await database.query('select pg_terminate_backend($1)', [(await building())[0]?.pid]);

    await expect(migrating).rejects.toThrow('migration 002-index failed');
    expect(await recorded()).toEqual(['001-create']);
    expect(await indexes()).toEqual([{ name: 'things_name', valid: false }]);
    await writer.query('commit');
    await writer.end();

    expect(names(await migrateTo(after))).toEqual(['002-index']);
    expect(await indexes()).toEqual(BOTH);
  });

  test('is completed after its process was killed, while the server goes on with the build', async () => {
    await migrateTo(before);
    const writer = await openWriter();
    const killed = new AddressedClient(clientOptions(database.connectionString));
    killed.on('error', () => {});
    await killed.connect();
    const migrating = migrate(killed, { migrations: after });
    migrating.catch(() => {});
    await expect.poll(building, WAIT).toHaveLength(1);
    killed.connection.stream.destroy();
    await expect(migrating).rejects.toThrow('migration 002-index failed');
    const said: string[] = [];
    const next = migrate(database.connectionString, {
      migrations: after,
      say: (message) => void said.push(message),
    });
    await expect.poll(() => said, WAIT).toHaveLength(1);
    expect(await building()).toHaveLength(1);
    await writer.query('commit');
    await writer.end();

    expect(names(await next)).toEqual(['002-index']);
    expect(said).toEqual([
      'Waiting for another process that migrates the database.',
      'Building the index things_long; reads and writes continue meanwhile.',
    ]);
    expect(await indexes()).toEqual(BOTH);
  });

  test('that cannot be built is named, and built once the cause is gone', async () => {
    const unique = INDEX.replace('create index', 'create unique index');
    const migrations = await folderWith({ '001-create.sql': CREATE, '002-index.sql': unique });
    await migrateTo(before);
    await database.query(`update things set name = 'same' where id < 3`);

    await expect(migrateTo(migrations)).rejects.toThrow(
      'migration 002-index failed: could not create unique index "things_name"',
    );
    expect(await recorded()).toEqual(['001-create']);
    await database.query(`update things set name = 'other' where id = 1`);

    expect(names(await migrateTo(migrations))).toEqual(['002-index']);
    expect(await indexes()).toEqual(BOTH);
  });

  test('that a first attempt had already built is not built again', async () => {
    await migrateTo(before);
    await database.query('create index things_name on things (name)');
    const oid = () => database.query(`select 'things_name'::regclass::oid as oid`);
    const first = await oid();

    await migrateTo(after);

    expect(await oid()).toEqual(first);
    expect(await indexes()).toEqual(BOTH);
  });

  test('is refused to a role that does not own the table, which changes nothing', async () => {
    await migrateTo(before);
    const role = `runs_${randomBytes(6).toString('hex')}`;
    await database.query(`create role ${role} login password 'p'`);
    await database.query(`grant all on schema public to ${role}`);
    await database.query(`grant all on schema_migrations, things to ${role}`);
    const url = new URL(database.connectionString);
    url.username = role;
    url.password = 'p';

    const attempt = migrate(url.href, { migrations: after });

    await expect(attempt).rejects.toThrow('must be owner of table things');
    await expect(attempt.catch(refusedRight)).resolves.toMatch(/must be owner/);
    expect(await recorded()).toEqual(['001-create']);
    expect(await indexes()).toEqual([]);
    expect(names(await migrateTo(after))).toEqual(['002-index']);
    await database.query(`drop owned by ${role}`);
    await database.query(`drop role ${role}`);
  });
});

test('files before and after it have a transaction each side of it', async () => {
  const files = { '001-create.sql': CREATE, '002-index.sql': INDEX, '003-extend.sql': EXTEND };
  const whole = await folderWith(files);
  const failing = await folderWith({ ...files, '004-fail.sql': 'select 1 / 0;' });

  await expect(migrateTo(failing)).rejects.toThrow('migration 004-fail failed: division by zero');

  expect(await recorded()).toEqual(['001-create', '002-index']);
  expect(names(await migrateTo(whole))).toEqual(['003-extend']);
});

test.each([
  ['another statement', `${INDEX}\nupdate things set name = null;`],
  ['an index that blocks writers', INDEX.replace('index concurrently', 'index')],
  ['no mark in its first line', INDEX.replace('-- Outside of a transaction:', '-- Later:')],
])('a file with %s is refused before the database is touched', async (_what, sql) => {
  const migrations = await folderWith({ '001-create.sql': CREATE, '002-index.sql': sql });

  await expect(migrateTo(migrations)).rejects.toThrow(AssertionFailed);
  expect(await database.query(`select to_regclass('schema_migrations') as it`)).toEqual([
    { it: null },
  ]);
});
