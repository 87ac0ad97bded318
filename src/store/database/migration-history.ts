/**
 * The table of the applied migrations, and the lock under which one process at a time migrates. The
 * lock belongs to the session: no transaction holds it, and no statement waits for it. Either would
 * keep an index from being built concurrently, which waits for every older transaction and
 * statement of the database.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import type { Migration } from './migration-files.ts';
import type { Queryable } from './pool.ts';

/**
 * How often the table is created when two sessions do so at the same time; the loser finds it on
 * its next attempt.
 */
const CREATE_ATTEMPTS_MAX = 5;

/** The codes of that race: unique_violation on a catalogue, duplicate_table, duplicate_object. */
const CREATE_RACE_CODES = ['23505', '42P07', '42710'];

const UNDEFINED_TABLE = '42P01';

export type Recorded = { version: number; name: string; sha256: string };

/**
 * How long a process waits for another one to migrate. An index on a hundred million rows takes
 * less; a process that ended without a word gives the lock back when its session ends.
 */
const WAIT_MAX_MS = 3_600_000;
const WAIT_MS = 200;

/** "payo"; the second number is that of the table, so that each installation has its own lock. */
const LOCK = `1885434223, 'schema_migrations'::regclass::oid::int`;

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(${LOCK}) as locked`,
  );
  return rows[0]?.locked === true;
}

/**
 * Runs `work` while no other process migrates this installation; `say` gets a sentence for a wait.
 * The table of the migrations has to exist. Throws where another process migrates for more than an
 * hour.
 */
export async function withMigrationLock<Result>(
  client: Client,
  say: (message: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const givesUpAt = performance.now() + WAIT_MAX_MS;
  for (let attempt = 1; !(await tryLock(client)); attempt += 1) {
    if (attempt === 1) say('Waiting for another process that migrates the database.');
    if (performance.now() > givesUpAt) {
      throw new Error('another process has been migrating the database for an hour');
    }
    await sleep(WAIT_MS);
  }
  try {
    return await work();
  } finally {
    // Fails only on a connection that is lost, and the lock is with it.
    await client.query(`select pg_advisory_unlock(${LOCK})`).catch(() => {});
  }
}

/** The recorded migrations in order; none where the database was never migrated. */
export async function readHistory(db: Queryable): Promise<Recorded[]> {
  try {
    const { rows } = await db.query<Recorded>({
      text: 'select version, name, sha256 from schema_migrations order by version',
    });
    return rows;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** `if not exists` still fails when two sessions create the table at the same moment. */
export async function createHistory(client: Client): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(
        `create table if not exists schema_migrations (
           version int primary key,
           name text not null,
           sha256 text not null,
           applied_at timestamptz not null default now()
         )`,
      );
      return;
    } catch (error) {
      const isRace = error instanceof DatabaseError && CREATE_RACE_CODES.includes(error.code ?? '');
      if (!isRace || attempt === CREATE_ATTEMPTS_MAX) throw error;
    }
  }
}

export async function record(client: Client, { version, name, sha256 }: Migration): Promise<void> {
  await client.query('insert into schema_migrations (version, name, sha256) values ($1, $2, $3)', [
    version,
    name,
    sha256,
  ]);
}
