/**
 * Brings a database to the schema of this program: numbered SQL files, applied in order and
 * recorded. It must not write a row of any other table, and never repairs a history that does not
 * fit. `migration-files.ts` reads the files, `concurrent-indexes.ts` takes the steps that no
 * transaction may contain.
 */

import type { Client } from 'pg';
import { assert } from '../../lib/assert.ts';
import { buildIndexes } from './concurrent-indexes.ts';
import { type Migration, OWN_VERSION, readMigrations } from './migration-files.ts';
import {
  createHistory,
  type Recorded,
  readHistory,
  record,
  withMigrationLock,
} from './migration-history.ts';
import type { Queryable } from './pool.ts';
import { prepareSession } from './session.ts';
import { withConnection } from './with-connection.ts';

/**
 * How long a replica waits for a transaction that migrates; longer than any of them may take. Only
 * versions that do not know the lock of the session, and a hand at the table, are waited for here.
 */
const LOCK_TIMEOUT = '5min';

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
  /** Gets a sentence for what may take long. */
  say?: (message: string) => void;
};

/**
 * Applies every migration that the database lacks, under one lock, so that replicas may call it at
 * the same time. Files in a row share one transaction, so that a failing file leaves nothing
 * behind. A file that is applied outside of a transaction is recorded when its last step is done;
 * until then the database has the schema before, on which every replica goes on. Returns the
 * applied migrations; a newer schema that this program may work on stays as it is.
 *
 * `target` is a connection string or a connected client, which stays open. Throws {@link
 * SchemaNewer}, {@link MigrationChanged} or the driver's error.
 */
export async function migrate(
  target: string | Client,
  options: Options = {},
): Promise<Migration[]> {
  const { migrations, say = () => undefined } = options;
  const known = await readMigrations(migrations);
  if (typeof target !== 'string') {
    await prepareSession(target, { durable: true });
    return applyMissing(target, known, say);
  }
  return withConnection(target, (client) => applyMissing(client, known, say));
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

type Say = (message: string) => void;

async function applyMissing(client: Client, known: Migration[], say: Say): Promise<Migration[]> {
  // Where nothing is missing, a role that may only read and write can start, and waits for no lock.
  const before = await readHistory(client);
  if (before.length >= known.length) {
    await assertWorkable(client, before, known);
    return [];
  }
  await createHistory(client);
  return withMigrationLock(client, say, () => applyInOrder(client, known, say));
}

async function applyInOrder(client: Client, known: Migration[], say: Say): Promise<Migration[]> {
  const applied: Migration[] = [];
  for (;;) {
    const { joined, next } = await applyJoined(client, known);
    applied.push(...joined);
    if (next === undefined) return applied;
    const { migration, steps } = next;
    await named(migration, () => buildIndexes(client, steps, say));
    await record(client, migration);
    applied.push(migration);
  }
}

type Outside = { migration: Migration; steps: NonNullable<Migration['steps']> };

/** The missing files up to the first one that is applied outside of a transaction, and that one. */
function splitMissing(missing: readonly Migration[]): { joined: Migration[]; next?: Outside } {
  const joined: Migration[] = [];
  for (const migration of missing) {
    const { steps } = migration;
    if (steps !== null) return { joined, next: { migration, steps } };
    joined.push(migration);
  }
  return { joined };
}

/** Applies the first missing files in one transaction; returns them, and what follows. */
async function applyJoined(
  client: Client,
  known: Migration[],
): Promise<ReturnType<typeof splitMissing>> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query('lock table schema_migrations in access exclusive mode');
    const recorded = await readHistory(client);
    await assertWorkable(client, recorded, known);
    const missing = splitMissing(known.slice(recorded.length));
    const before = await payoutsTable(client);
    for (const migration of missing.joined) {
      await named(migration, () => client.query(migration.sql));
      await record(client, migration);
    }
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

/** Names the migration in the error of its SQL. */
async function named(migration: Migration, apply: () => Promise<unknown>): Promise<void> {
  try {
    await apply();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`migration ${migration.name} failed: ${reason}`, { cause });
  }
}
