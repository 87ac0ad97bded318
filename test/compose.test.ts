/**
 * The compose system runs with two roles, as production should: one migrates and owns the tables,
 * the other only reads and writes them.
 */

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createSecret } from '../src/lib/secret.ts';
import { createLogger } from '../src/log.ts';
import { openDatabase } from '../src/service/database/open-database.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { withConnection } from '../src/store/database/with-connection.ts';
import { createTestDatabase } from './support/database.ts';

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const serviceSchema = z.object({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string().optional(),
});
const composeSchema = z.object({ services: z.record(z.string(), serviceSchema) });

test('the service starts after a migration by another role, and migrates nothing itself', async () => {
  const text = await readFile(root('docker-compose.yml'), 'utf8');
  const { services } = composeSchema.parse(parse(text, { merge: true }));
  const { service, migrate: migrating, roles } = services;
  const done = { condition: 'service_completed_successfully' };

  expect(service?.environment['MIGRATE_ON_START']).toBe('false');
  expect(service?.environment['DATABASE_URL_FILE']).toBe('/secrets/database_url');
  expect(service?.depends_on['migrate']).toEqual(done);
  expect(migrating?.command).toEqual(['src/cli/migrate.ts']);
  expect(migrating?.environment['DATABASE_URL_FILE']).toBe('/secrets/migrate_database_url');
  expect(migrating?.depends_on['roles']).toEqual(done);
  expect([roles?.restart, migrating?.restart]).toEqual(['on-failure:10', 'on-failure:10']);
  expect(roles?.depends_on).toMatchObject({ setup: done });
  const { DATABASE_URL_FILE: _own, MIGRATE_ON_START: _off, ...rest } = service?.environment ?? {};
  expect(migrating?.environment).toMatchObject(rest);
});

test('its roles may do what they are for, and the one of the service no more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'payout-compose-'));
  const database = await createTestDatabase();
  await database.query(`drop schema public cascade; create schema public;
    grant usage on schema public to public`);
  const { host, pathname } = new URL(database.connectionString);
  const script = root('src/dev/compose-secrets.ts');
  const env = { ...process.env, SETUP_DATABASE: `${host}${pathname}` };
  const setup = (): string =>
    execFileSync(process.execPath, [script, folder], { env, encoding: 'utf8' });
  const secret = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

  try {
    expect(setup()).toMatch(/^API key: sandbox_/);
    await database.query(await secret('roles.sql'));
    const owner = await secret('migrate_database_url');
    const runner = await secret('database_url');
    setup();
    await database.query(await secret('roles.sql'));
    expect([await secret('migrate_database_url'), await secret('database_url')]).toEqual([
      owner,
      runner,
    ]);

    expect((await migrate(owner)).length).toBeGreaterThan(0);
    const server = { kind: 'remote', url: createSecret(runner) } as const;
    const log = createLogger('fatal', { write: () => {} });
    const opened = await openDatabase({ migrateOnStart: false, server }, log);
    await opened.close();
    for (const statement of [
      'create table more (id int)',
      'drop table payouts',
      'alter table payouts add column more int',
      'delete from payouts',
      'truncate payout_events',
    ]) {
      const attempt = withConnection(runner, (client) => client.query(statement));
      await expect(attempt).rejects.toThrow(/permission denied|must be owner/);
    }
  } finally {
    await database.query('drop owned by payout_run, payout_migrate');
    await database.query('drop role payout_run, payout_migrate');
    await database.drop();
    await rm(folder, { recursive: true });
  }
});
