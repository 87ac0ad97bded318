/**
 * Two roles: one owns and migrates the tables, the other only reads and writes them. A right that
 * is missing is named, with the statement that gives it.
 */

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSecret } from '../../src/lib/secret.ts';
import { createLogger } from '../../src/log.ts';
import { openDatabase } from '../../src/service/database/open-database.ts';
import { TABLE_RIGHTS } from '../../src/store/database/rights.ts';
import { startServiceOn } from '../support/running-service.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

let setup: Setup;
let role: string;
let address: string;
beforeEach(async () => {
  setup = await createSetup();
  role = `runs_${randomBytes(6).toString('hex')}`;
  await setup.database.query(`create role ${role} login password 'p'`);
  for (const [table, rights] of Object.entries(TABLE_RIGHTS)) {
    await setup.database.query(`grant ${rights.join(', ')} on ${table} to ${role}`);
  }
  const url = new URL(setup.database.connectionString);
  url.username = role;
  url.password = 'p';
  address = url.href;
});
afterEach(async () => {
  await setup.database.query(`drop owned by ${role}`);
  await setup.database.query(`drop role ${role}`);
  await setup.close();
});

const log = createLogger('fatal', { write: () => {} });
const start = async (migrateOnStart = true): Promise<string> => {
  const server = { kind: 'remote', url: createSecret(address) } as const;
  try {
    const opened = await openDatabase({ migrateOnStart, server }, log);
    await opened.close();
    return 'started';
  } catch (error) {
    return String(error);
  }
};

test('the tables are all that the database has', async () => {
  const rows = await setup.database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(TABLE_RIGHTS).toSorted());
});

test('a role that may only read and write them drives a payout to its end, with MIGRATE_ON_START', async () => {
  const service = await startServiceOn(setup, {
    DATABASE_URL: address,
    MIGRATE_ON_START: 'true',
    PRAXIS_NOTIFY_URL: `${setup.simulatorUrl}/platform/UpdatePayout`,
  });
  const payout = await service.api.create({ cashier: { pin: '1', front_end_name: 'shop' } });
  await service.api.untilStatus(payout.id, 'approved');
  await waitFor('a notification', async () => {
    const rows = await setup.database.query('select from notification_attempts');
    return rows.length > 0;
  });
  const paused = await service.api.send('POST', '/v1/pause', {
    body: { name: 'Ada', reason: 'tried' },
  });
  expect(paused.status).toBe(200);
  await service.close();
  expect(service.logLines.filter((line) => line.includes('42501'))).toEqual([]);
});

describe('a start without a right', () => {
  test('on a table names the grant', async () => {
    await setup.database.query(`revoke insert, update on notifications from ${role}`);
    await setup.database.query(`revoke all on pause from ${role}`);
    for (const migrates of [true, false]) {
      expect(await start(migrates)).toBe(
        `DatabaseUnusable: The role "${role}" lacks rights on the tables: ` +
          `grant insert, update on notifications to "${role}"; ` +
          `grant select, update on pause to "${role}". See docs/database.md.`,
      );
    }
  });

  test('to read the recorded migrations says what the server refused', async () => {
    await setup.database.query(`revoke all on schema_migrations from ${role}`);
    const problem = await start();
    expect(problem).toMatch(/lacks a right: permission denied for table schema_migrations\. /);
    expect(problem).toMatch(/Run npm run migrate as the role that owns the tables/);
  });

  test('to apply a migration that is missing says what the server refused', async () => {
    await setup.database.query('delete from schema_migrations where version > 1');
    expect(await start()).toMatch(/^DatabaseUnusable: .*lacks a right: .*denied/);
    expect(await start(false)).toMatch(/^DatabaseUnusable: .*run npm run migrate/);
  });

  test('to build an index that is missing says what the server refused, and builds none', async () => {
    await setup.database.query('drop index payouts_listed');
    await setup.database.query('delete from schema_migrations where version > 6');
    await setup.database.query(`grant create on schema public to ${role}`);
    await setup.database.query(`grant all on schema_migrations to ${role}`);
    expect(await start()).toMatch(
      /^DatabaseUnusable: .*lacks a right: must be owner of table payouts\. Run npm run migrate/,
    );
    expect(await start(false)).toMatch(/^DatabaseUnusable: .*run npm run migrate/);
    expect(await setup.database.query(`select to_regclass('payouts_listed') as it`)).toEqual([
      { it: null },
    ]);
  });

  test('to use the schema names the grant', async () => {
    await setup.database.query('revoke usage on schema public from public');
    expect(await start()).toBe(
      `DatabaseUnusable: The role ${role} may not use schema public, which has the tables of ` +
        `this service: grant usage on schema public to ${role}.`,
    );
  });
});

test('a role of a database without the tables may not create them, and is told so', async () => {
  await setup.database.query('drop schema public cascade');
  await setup.database.query('create schema public');
  await setup.database.query(`grant usage on schema public to ${role}`);
  expect(await start()).toMatch(/lacks a right: permission denied for schema public/);
});
