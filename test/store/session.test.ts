/**
 * What a session relies on, whatever role, database and server have as their defaults, and the
 * servers that are refused because they would lose a commit.
 */

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createSecret } from '../../src/lib/secret.ts';
import { createLogger } from '../../src/log.ts';
import { DatabaseUnusable, openDatabase } from '../../src/service/database/open-database.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import {
  createDatabase,
  type Database,
  isRefusal,
  isUnreachable,
} from '../../src/store/database/pool.ts';
import { DatabaseUnfit } from '../../src/store/database/session.ts';
import { inOwnTransaction, withConnection } from '../../src/store/database/with-connection.ts';
import { createTestDatabase, databaseAt, type TestDatabase } from '../support/database.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { waitFor } from '../support/wait-for.ts';

const log = createLogger('fatal', { write: () => {} });
const open: Database[] = [];
afterEach(async () => {
  for (const db of open.splice(0)) await db.close();
});
const openPool = (address: string, options?: { durable: boolean }): Database => {
  const db = createDatabase(address, () => {}, options);
  open.push(db);
  return db;
};

const reading = async (db: Database, name: string): Promise<unknown> => {
  const { rows } = await db.query<{ value: string }>({
    text: `select current_setting('${name}') as value`,
  });
  return rows[0]?.value;
};

describe('a role with defaults of its own', () => {
  let database: TestDatabase;
  const roles: string[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    for (const role of roles) {
      await database.query(`drop schema if exists ${role} cascade`);
      await database.query(`drop owned by ${role}`);
      await database.query(`drop role ${role}`);
    }
    await database.drop();
  });

  /** A role that may use the tables, and the address at which it connects. */
  const roleWith = async (...settings: string[]): Promise<{ role: string; address: string }> => {
    const role = `role_${randomBytes(6).toString('hex')}`;
    roles.push(role);
    await database.query(`create role ${role} login password 'p'`);
    await database.query(`grant all on all tables in schema public to ${role}`);
    await database.query(`grant create on schema public to ${role}`);
    for (const setting of settings) await database.query(`alter role ${role} set ${setting}`);
    const url = new URL(database.connectionString);
    url.username = role;
    url.password = 'p';
    return { role, address: url.href };
  };

  test.for(['off', 'local', 'remote_write'])(
    'commits durably where it had synchronous_commit = %s',
    async (value) => {
      const { address } = await roleWith(`synchronous_commit = ${value}`);
      expect(await reading(openPool(address), 'synchronous_commit')).toBe('on');
      const migrating = await withConnection(address, async (client) =>
        client.query<{ synchronous_commit: string }>('show synchronous_commit'),
      );
      expect(migrating.rows[0]?.synchronous_commit).toBe('on');
    },
  );

  test('keeps a stronger synchronous_commit', async () => {
    const { address } = await roleWith('synchronous_commit = remote_apply');
    expect(await reading(openPool(address), 'synchronous_commit')).toBe('remote_apply');
  });

  test('may commit later only where the caller says that a loss does no harm', async () => {
    const { address } = await roleWith('synchronous_commit = off');
    expect(await reading(openPool(address, { durable: false }), 'synchronous_commit')).toBe('off');
  });

  test('that lets the server commit later by the address of the connection does not', async () => {
    const url = new URL(database.connectionString);
    url.searchParams.set('options', '-c synchronous_commit=off');
    expect(await reading(openPool(url.href), 'synchronous_commit')).toBe('on');
  });

  test.for([
    ['German', 'sql_standard'],
    ['SQL, DMY', 'postgres_verbose'],
    ['Postgres, YMD', 'iso_8601'],
  ])('reads and writes times and intervals as any other (%s, %s)', async ([dates, spans]) => {
    const { address } = await roleWith(
      `datestyle = '${dates}'`,
      "timezone = 'Asia/Kathmandu'",
      `intervalstyle = '${spans}'`,
      "bytea_output = 'escape'",
    );
    const at = new Date('2026-03-04T05:06:07.089Z');
    const { rows } = await openPool(address).query<Record<string, unknown>>({
      text: `select $1::timestamptz as at, $1::timestamptz::text as text,
        '6000 milliseconds'::interval::text as span, '\\x00ff'::bytea as bytes`,
      values: [at],
    });
    expect(rows).toEqual([
      { at, text: '2026-03-04 05:06:07.089+00', span: '00:00:06', bytes: Buffer.from([0, 255]) },
    ]);
  });

  const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
  const readLimits = async (read: (name: string) => Promise<unknown>) => {
    const found: unknown[] = [];
    for (const name of LIMITS) found.push(await read(name));
    return found;
  };

  test.for(['0', '20ms', '1h'])(
    'has the limits of the service where its own were %s',
    async (value) => {
      const { address } = await roleWith(...LIMITS.map((name) => `${name} = '${value}'`));
      const db = openPool(address);
      expect(await readLimits((name) => reading(db, name))).toEqual(['15s', '2s', '10s']);
      const alone = await withConnection(address, (client) =>
        readLimits(async (name) => {
          const text = `select current_setting('${name}') as value`;
          return (await client.query<{ value: string }>(text)).rows[0]?.value;
        }),
      );
      expect(alone).toEqual(['0', '0', '1min']);
    },
  );

  test('is not cut short in a migration or in a transaction of its own by limits of its own', async () => {
    const { address } = await roleWith(...LIMITS.map((name) => `${name} = '20ms'`));
    await inOwnTransaction(address, async (db) => {
      await db.query({ text: 'select pg_sleep(0.1)' });
      await sleep(100);
      await db.query({ text: 'select 1' });
    });
    expect(await migrate(address)).toEqual([]);
  });

  test.for(['repeatable read', 'serializable'])(
    'writes, and at read committed, where its transactions were read-only and %s',
    async (level) => {
      const { address } = await roleWith(
        `default_transaction_isolation = '${level}'`,
        'default_transaction_read_only = on',
      );
      const db = openPool(address);
      expect(await reading(db, 'transaction_isolation')).toBe('read committed');
      const written = db.transaction((client) =>
        client.query({ text: "update pause set reason = 'tried'" }),
      );
      expect((await written).rowCount).toBe(1);
    },
  );

  test('gets an error rather than an empty answer where a policy hides rows from it', async () => {
    await database.query('alter table pause enable row level security');
    const { address } = await roleWith();
    const read = openPool(address).query({ text: 'select * from pause' });
    await expect(read).rejects.toThrow(/row-level security|row security/);
    await database.query('alter table pause disable row level security');
  });

  test('finds the tables also where another table of that name came first', async () => {
    const { role, address } = await roleWith();
    await database.query(`create schema ${role} authorization ${role}`);
    await database.query(`create table ${role}.payouts (not_ours int)`);
    await database.query(`grant all on ${role}.payouts to ${role}`);
    const { rows } = await openPool(address).query({ text: 'select id from payouts' });
    expect(rows).toEqual([]);
    expect(await migrate(address)).toEqual([]);
    expect(await database.query(`select to_regclass('${role}.schema_migrations') as it`)).toEqual([
      { it: null },
    ]);
  });

  test('is refused where its search path leads past the tables, and creates none next to them', async () => {
    const { role, address } = await roleWith();
    await database.query(`create schema ${role} authorization ${role}`);
    await database.query(`alter role ${role} set search_path = ${role}`);
    const refusal = new RegExp(`in schema public, .*alter role ${role} set search_path = public`);
    await expect(migrate(address)).rejects.toThrow(refusal);
    await expect(openPool(address).query({ text: 'select 1' })).rejects.toThrow(DatabaseUnfit);
  });

  test('is refused where a table would be empty after a crash', async () => {
    await database.query('alter table cashier_calls set unlogged');
    const { address } = await roleWith();
    await expect(openPool(address).query({ text: 'select 1' })).rejects.toThrow(
      /unlogged.*cashier_calls/,
    );
    await database.query('alter table cashier_calls set logged');
  });
});

describe('a database in another encoding', () => {
  test.for(['LATIN1', 'SQL_ASCII', 'EUC_JP'])('is refused by its name: %s', async (encoding) => {
    const { connectionString } = inject('testServer');
    const name = `test_${randomBytes(8).toString('hex')}`;
    const onServer = (sql: string) => withConnection(connectionString, (it) => it.query(sql));
    await onServer(`create database ${name} encoding '${encoding}' locale 'C' template template0`);
    const url = new URL(connectionString);
    url.pathname = name;
    const opening = openDatabase(
      { migrateOnStart: true, server: { kind: 'remote', url: createSecret(url.href) } },
      log,
    );
    await expect(opening).rejects.toSatisfy(
      (error: unknown) =>
        error instanceof DatabaseUnusable &&
        error.message.includes(`has the encoding ${encoding}`) &&
        error.message.includes("create it with encoding 'UTF8'"),
    );
    await expect(openPool(url.href).query({ text: 'select 1' })).rejects.toThrow(DatabaseUnfit);
    for (const db of open.splice(0)) await db.close();
    await onServer(`drop database ${name} with (force)`);
  });
});

describe('a server that cannot keep a commit', () => {
  let postgres: OwnPostgres;
  let database: TestDatabase;
  beforeAll(async () => {
    postgres = await startOwnPostgres({ alterable: true });
    await migrate(postgres.connectionString);
    database = databaseAt(postgres.connectionString, () => postgres.remove());
  });
  afterAll(async () => {
    await postgres.stop('SIGINT');
    await database.drop();
  });

  const start = async () => {
    const url = createSecret(postgres.connectionString);
    const opened = await openDatabase(
      { migrateOnStart: true, server: { kind: 'remote', url } },
      log,
    );
    await opened.close();
  };

  const alterSystem = async (setting: string, value: string): Promise<void> => {
    const client = new Client({ connectionString: postgres.connectionString });
    await client.connect();
    await client.query(`alter system set ${setting} = ${value}`);
    await client.query('select pg_reload_conf()');
    await client.end();
    await waitFor('the setting', async () => {
      const fresh = databaseAt(postgres.connectionString, async () => {});
      const [row] = await fresh.query<{ value: string }>(
        `select current_setting('${setting}') as value`,
      );
      await fresh.drop();
      return row?.value === value.replaceAll("'", '');
    });
  };

  const examined = (db: Database): Promise<unknown> =>
    db.examine().then(
      () => 'fit',
      (error: unknown) => error,
    );

  test.for([
    { setting: 'fsync', wrong: 'off', right: 'on', words: /fsync = off.*set fsync = on/ },
    {
      setting: 'full_page_writes',
      wrong: 'off',
      right: 'on',
      words: /full_page_writes = off.*set full_page_writes = on/,
    },
    {
      setting: 'default_transaction_read_only',
      wrong: 'on',
      right: 'off',
      words: /read-only \(default_transaction_read_only/,
    },
  ])(
    'is refused by the name of $setting, on open connections too, until it is right again',
    { timeout: 60_000 },
    async ({ setting, wrong, right, words }) => {
      const db = openPool(postgres.connectionString);
      await db.query({ text: 'select 1' });
      await alterSystem(setting, wrong);

      await expect(start()).rejects.toSatisfy(
        (error: unknown) => error instanceof DatabaseUnusable && words.test(error.message),
      );
      const fresh = await openPool(postgres.connectionString)
        .query({ text: 'select 1' })
        .catch((error: unknown) => error);
      expect(fresh).toBeInstanceOf(DatabaseUnfit);
      expect(isUnreachable(fresh)).toBe(true);
      await waitFor('the examination', async () => (await examined(db)) instanceof DatabaseUnfit);
      // Behind a name that moved, the next connection may lead to a server that is fit.
      expect([db.counts().total, db.losses()]).toEqual([0, 0]);
      await expect(db.query({ text: 'select 1' })).rejects.toThrow(words);
      await expect(db.transaction(async () => 'committed')).rejects.toThrow(words);

      await alterSystem(setting, right);
      await waitFor('the examination', async () => (await examined(db)) === 'fit');
      expect((await db.query({ text: 'select 1' })).rowCount).toBe(1);
      await start();
    },
  );

  test('is refused while it is in recovery, and used once it is promoted', async () => {
    const [row] = await database.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    await postgres.stop('SIGINT');
    await writeFile(join(row?.folder ?? '', 'standby.signal'), '');
    await postgres.start();
    const db = openPool(postgres.connectionString);

    await expect(start()).rejects.toThrow(/in recovery \(a standby\).*connect to the primary/);
    await expect(db.query({ text: 'select 1' })).rejects.toThrow(DatabaseUnfit);

    await database.query('select pg_promote()');
    await waitFor('the examination', async () => (await examined(db)) === 'fit');
    expect((await db.query({ text: 'select 1' })).rowCount).toBe(1);
    await start();
  }, 60_000);

  test('because its standbys are not waited for any more leaves a commit in doubt', async () => {
    const db = openPool(postgres.connectionString);
    await db.query({ text: 'select 1' });
    await alterSystem('synchronous_standby_names', 'nobody');
    const text = "update pause set reason = 'in doubt'";
    for (const commit of [
      () => db.query({ text }),
      () => db.transaction((client) => client.query({ text })),
    ]) {
      const before = db.losses();
      const failed = commit().catch((error: unknown) => error);
      await waitFor('the wait to be canceled', async () => {
        const canceled = await database.query(
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'",
        );
        return canceled.length > 0;
      });
      const error = await failed;
      expect(isUnreachable(error)).toBe(true);
      expect(isRefusal(error)).toBe(false);
      expect(db.losses()).toBe(before + 1);
    }
    await alterSystem('synchronous_standby_names', "''");
    expect((await db.query({ text })).rowCount).toBe(1);
  });

  test('may be asked for its time by who stores nothing', async () => {
    const db = openPool(postgres.connectionString, { durable: false });
    await alterSystem('fsync', 'off');
    expect(Math.abs((await db.examine()) - Date.now())).toBeLessThan(60_000);
    await alterSystem('fsync', 'on');
  });
});
