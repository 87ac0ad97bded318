/**
 * Brings a database to this program's schema: numbered SQL files, applied in order and recorded.
 * It must not write a row of any other table, and never repairs a history that does not fit.
 */

import { type Client, type ClientBase, DatabaseError, type Pool } from 'pg';
import { assert } from '../lib/assert.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { prepareSession } from './session.ts';
import { withConnection } from './with-connection.ts';

/** How long a replica waits while another one migrates; longer than any migration may take. */
const LOCK_TIMEOUT = '5min';

/** Two sessions creating the table at once: the loser sees it on its next try. */
const CREATE_ATTEMPTS_MAX = 5;

/**
 * unique_violation on a catalogue, duplicate_table, duplicate_object: how that race is reported.
 */
const CREATE_RACE_CODES = ['23505', '42P07', '42710'];

const UNDEFINED_TABLE = '42P01';

type Recorded = { version: number; name: string; sha256: string };

/** The database was migrated by a newer program; this one must not work on it. */
export class SchemaNewer extends Error {
  override readonly name = 'SchemaNewer';
  constructor(found: number, known: number) {
    super(`the database has schema ${found}, this program knows schemas up to ${known}`);
  }
}

/** A migration that the database already has differs from the file: one of the two was edited. */
export class MigrationChanged extends Error {
  override readonly name = 'MigrationChanged';
}

/**
 * Applies every migration the database lacks, all in one transaction under one lock, so that
 * replicas may call it at the same time and a failing file leaves nothing behind. Returns those it
 * applied.
 *
 * `target` is a connection string or a connected client, which stays open. `migrations` is the
 * folder of the files. Throws {@link SchemaNewer}, {@link MigrationChanged} or the driver's error.
 */
export async function migrate(
  target: string | Client,
  options: { migrations?: string } = {},
): Promise<Migration[]> {
  const known = await readMigrations(options.migrations);
  if (typeof target !== 'string') {
    await prepareSession(target, { durable: true });
    return applyMissing(target, known);
  }
  return withConnection(target, (client) => applyMissing(client, known));
}

/** The schema version this program needs: the number of its last migration. */
export async function expectedSchemaVersion(migrations?: string): Promise<number> {
  return (await readMigrations(migrations)).length;
}

/** The database's schema version, 0 when it was never migrated. Compared at the start. */
export async function schemaVersion(db: ClientBase | Pool): Promise<number> {
  try {
    const { rows } = await db.query<{ version: number }>(
      'select coalesce(max(version), 0)::int as version from schema_migrations',
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

async function applyMissing(client: Client, known: Migration[]): Promise<Migration[]> {
  await createHistory(client);
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query('lock table schema_migrations in access exclusive mode');
    const { rows } = await client.query<Recorded>(
      'select version, name, sha256 from schema_migrations order by version',
    );
    assertSameHistory(rows, known);
    const missing = known.slice(rows.length);
    const before = await payoutsTable(client);
    for (const migration of missing) await apply(client, migration);
    await recordTable(client, before);
    await client.query('commit');
    return missing;
  } catch (error) {
    // When the connection itself is gone the server rolls back, and the first error is the one to
    // tell.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** What the fingerprint of the history holds of the table of payouts; null where there is none. */
async function payoutsTable(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ oid: string | null }>(
    `select to_regclass('payouts')::oid::text as oid`,
  );
  return rows[0]?.oid ?? null;
}

/**
 * A migration that makes the table of payouts anew changes the fingerprint, and no history is lost
 * by it: the new one is recorded in its own transaction. A fingerprint that did not fit before is
 * left to the start, which notices it.
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

function assertSameHistory(recorded: Recorded[], known: Migration[]): void {
  const found = recorded.at(-1)?.version ?? 0;
  if (found > known.length) throw new SchemaNewer(found, known.length);
  assert(recorded.length === found, `schema_migrations misses a version below ${found}`);
  for (const [index, row] of recorded.entries()) {
    const file = known[index];
    if (file?.sha256 === row.sha256) continue;
    throw new MigrationChanged(
      `migration ${row.version} was applied as "${row.name}" and its file has changed since`,
    );
  }
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
