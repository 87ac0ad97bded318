/**
 * Brings a database to the schema of this program: numbered SQL files, applied in order and
 * recorded. It must not write a row of any other table, and never repairs a history that does not
 * fit. `migration-files.ts` reads the files.
 */

import { type Client, DatabaseError } from 'pg';
import { assert } from '../../lib/assert.ts';
import { type Migration, OWN_VERSION, readMigrations } from './migration-files.ts';
import type { Queryable } from './pool.ts';
import { prepareSession } from './session.ts';
import { withConnection } from './with-connection.ts';

/** How long a replica waits while another one migrates; longer than any migration may take. */
const LOCK_TIMEOUT = '5min';

/**
 * How often the table is created when two sessions do so at the same time; the loser finds it on
 * its next attempt.
 */
const CREATE_ATTEMPTS_MAX = 5;

/** The codes of that race: unique_violation on a catalogue, duplicate_table, duplicate_object. */
const CREATE_RACE_CODES = ['23505', '42P07', '42710'];

const UNDEFINED_TABLE = '42P01';

type Recorded = { version: number; name: string; sha256: string };

/** A newer program migrated the database, and this program is too old to work on it. */
export class SchemaNewer extends Error {
  override readonly name = 'SchemaNewer';
  constructor(found: number, known: number) {
    super(`the database has schema ${found}, this program knows schemas up to ${known}`);
  }
}

/** The database lacks a migration of this program. */
export class SchemaOlder extends Error {
  override readonly name = 'SchemaOlder';
  constructor(found: number, known: number) {
    super(`the database has schema ${found}, this program needs ${known}: run npm run migrate`);
  }
}

/** A migration that the database already has differs from its file: one of the two was edited. */
export class MigrationChanged extends Error {
  override readonly name = 'MigrationChanged';
}

/** The schema of the database, and the schema that this program knows. */
export type Schema = {
  /** The number of the database's last migration. */
  found: number;
  /** The number of this program's last one; smaller where a newer program has migrated. */
  known: number;
};

type Options = {
  /** The folder of the files; this program's own by default. */
  migrations?: string;
};

/**
 * Applies every migration that the database lacks, all in one transaction under one lock, so that
 * replicas may call it at the same time and a failing file leaves nothing behind. Returns the
 * applied migrations; a newer schema that this program may work on stays as it is.
 *
 * `target` is a connection string or a connected client, which stays open. Throws {@link
 * SchemaNewer}, {@link MigrationChanged} or the driver's error.
 */
export async function migrate(
  target: string | Client,
  options: Options = {},
): Promise<Migration[]> {
  const known = await readMigrations(options.migrations);
  if (typeof target !== 'string') {
    await prepareSession(target, { durable: true });
    return applyMissing(target, known);
  }
  return withConnection(target, (client) => applyMissing(client, known));
}

/**
 * Checks that this program may work on the database as it is, and changes nothing: for a start that
 * does not migrate, and for the command line. Throws {@link SchemaOlder}, and what {@link migrate}
 * throws.
 */
export async function checkSchema(db: Queryable, options: Options = {}): Promise<Schema> {
  const known = await readMigrations(options.migrations);
  const recorded = await readHistory(db);
  await assertWorkable(db, recorded, known);
  const schema = { found: recorded.length, known: known.length };
  if (schema.found < schema.known) throw new SchemaOlder(schema.found, schema.known);
  return schema;
}

/**
 * Whether a newer program has meanwhile migrated the database to a schema that this program cannot
 * work on. It reads nothing that a migration locks for as long as it runs.
 */
export async function isOutdated(db: Queryable, known = OWN_VERSION): Promise<boolean> {
  const oldest = await oldestReader(db);
  return oldest !== null && oldest > known;
}

/** The recorded migrations in order; none where the database was never migrated. */
async function readHistory(db: Queryable): Promise<Recorded[]> {
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

async function applyMissing(client: Client, known: Migration[]): Promise<Migration[]> {
  // Where nothing is missing, a role that may only read and write can start, and waits for no lock.
  const before = await readHistory(client);
  if (before.length >= known.length) {
    await assertWorkable(client, before, known);
    return [];
  }
  return applyLocked(client, known);
}

async function applyLocked(client: Client, known: Migration[]): Promise<Migration[]> {
  await createHistory(client);
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query('lock table schema_migrations in access exclusive mode');
    const recorded = await readHistory(client);
    await assertWorkable(client, recorded, known);
    const missing = known.slice(recorded.length);
    const before = await payoutsTable(client);
    for (const migration of missing) await apply(client, migration);
    await recordTable(client, before);
    await client.query('commit');
    return missing;
  } catch (error) {
    // When the connection itself is lost the server rolls back, and the first error is the one to
    // report.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/**
 * The number of the payouts table, which the fingerprint of the history contains; null where there
 * is no such table.
 */
async function payoutsTable(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ oid: string | null }>(
    `select to_regclass('payouts')::oid::text as oid`,
  );
  return rows[0]?.oid ?? null;
}

/**
 * A migration that creates the payouts table anew changes the fingerprint without losing history,
 * so the new fingerprint is recorded in the transaction of the migration. A fingerprint that did
 * not fit before is left to the start, which notices it.
 */
async function recordTable(client: Client, before: string | null): Promise<void> {
  const after = await payoutsTable(client);
  if (before === null || after === null || before === after) return;
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('installation') is not null as found`,
  );
  if (rows[0]?.found !== true) return;
  await client.query('update installation set payouts_oid = $1 where payouts_oid = $2', [
    after,
    before,
  ]);
}

/** `if not exists` still fails when two sessions create the table at the same moment. */
async function createHistory(client: Client): Promise<void> {
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

/**
 * The oldest program that can work on the database's schema, as the number of its last migration:
 * each release records it in its migration. Null where the schema is older than that record.
 */
async function oldestReader(db: Queryable): Promise<number | null> {
  // The table is looked up first, since a failed statement would end the transaction that may be
  // open.
  const { rows: tables } = await db.query<{ found: boolean }>({
    text: `select to_regclass('installation') is not null as found`,
  });
  if (tables[0]?.found !== true) return null;
  const { rows } = await db.query<{ oldest: number }>({
    text: 'select oldest_reader as oldest from installation',
  });
  return rows[0]?.oldest ?? null;
}

/**
 * Migrations that the database and this program both have must be the same. Further ones of a newer
 * program are allowed while `oldestReader` permits this program.
 */
async function assertWorkable(
  db: Queryable,
  recorded: readonly Recorded[],
  known: readonly Migration[],
): Promise<void> {
  const found = recorded.at(-1)?.version ?? 0;
  assert(recorded.length === found, `schema_migrations misses a version below ${found}`);
  for (const [index, file] of known.entries()) {
    const row = recorded[index];
    if (row === undefined || row.sha256 === file.sha256) continue;
    throw new MigrationChanged(
      `migration ${row.version} was applied as "${row.name}" and its file has changed since`,
    );
  }
  if (found <= known.length) return;
  const oldest = await oldestReader(db);
  if (oldest === null || oldest > known.length) throw new SchemaNewer(found, known.length);
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query(migration.sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`migration ${migration.name} failed: ${reason}`, { cause });
  }
  await client.query('insert into schema_migrations (version, name, sha256) values ($1, $2, $3)', [
    migration.version,
    migration.name,
    migration.sha256,
  ]);
}
