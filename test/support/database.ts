/**
 * A database for one test file, cloned from the run's migrated template. One that is not dropped
 * stays until the run ends, which helps no one but harms no one.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, Pool } from 'pg';
import { inject } from 'vitest';
import { withConnection } from '../../src/store/database/with-connection.ts';

export type TestDatabase = {
  connectionString: string;
  /** Runs one statement and returns its rows. */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params?: unknown[],
  ): Promise<Row[]>;
  /** Drops the database, also when others are still connected to it. */
  drop(): Promise<void>;
};

/** object_in_use: the server refuses a clone while anything is connected to the template. */
const OBJECT_IN_USE = '55006';

/** A clone takes 50 ms, and no more than a few files ask for one at the same time. */
const CLONE_DEADLINE_MS = 30_000;
const CLONE_RETRY_MS = 50;

/** Creates a database with the current schema and nothing in it. */
export const createTestDatabase = (): Promise<TestDatabase> =>
  cloneOf(inject('testServer').template);

/**
 * A copy of a test's database as it is now, as a backup is. No client is connected to the source
 * for as long as that takes: its connections are ended, and refused meanwhile.
 */
export async function copyDatabase({ connectionString }: TestDatabase): Promise<TestDatabase> {
  const source = new URL(connectionString).pathname.slice(1);
  const onServer = (sql: string, params: unknown[] = []) =>
    withConnection(inject('testServer').connectionString, (client) => client.query(sql, params));
  await onServer(`alter database ${source} with allow_connections false`);
  await onServer('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    source,
  ]);
  try {
    return await cloneOf(source);
  } finally {
    await onServer(`alter database ${source} with allow_connections true`);
  }
}

async function cloneOf(template: string): Promise<TestDatabase> {
  const server = inject('testServer');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await clone(server.connectionString, name, template);
  const url = new URL(server.connectionString);
  url.pathname = name;
  return databaseAt(url.href, async () => {
    await withConnection(server.connectionString, (client) =>
      client.query(`drop database if exists ${name} with (force)`),
    );
  });
}

/** The database at this address; `drop` removes it once nothing of ours is connected any more. */
export function databaseAt(connectionString: string, drop: () => Promise<void>): TestDatabase {
  const pool = new Pool({ connectionString, max: 2 });
  // Its server may stop while a connection is idle; a query that is hit by it fails by itself.
  pool.on('error', () => {});
  return {
    connectionString,
    query: async <Row extends object>(sql: string, params: unknown[] = []) =>
      (await pool.query<Row & Record<string, unknown>>(sql, params)).rows,
    drop: async () => {
      await pool.end();
      await drop();
    },
  };
}

async function clone(connectionString: string, name: string, template: string): Promise<void> {
  const deadline = performance.now() + CLONE_DEADLINE_MS;
  await withConnection(connectionString, async (client) => {
    for (;;) {
      try {
        await client.query(`create database ${name} template ${template}`);
        return;
      } catch (error) {
        const isBusy = error instanceof DatabaseError && error.code === OBJECT_IN_USE;
        if (!isBusy || performance.now() > deadline) throw error;
        await sleep(CLONE_RETRY_MS);
      }
    }
  });
}
