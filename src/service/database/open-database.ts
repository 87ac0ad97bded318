/**
 * Opens the database at the start: waits until it can be reached or gives up, migrates or checks
 * its schema (`store/database/migrate.ts`), and opens the pool.
 */

import type { Config } from '../../config/config.ts';
import { startEmbeddedPostgres } from '../../dev/embedded-postgres/embedded-postgres.ts';
import { backoff } from '../../lib/backoff.ts';
import type { Log } from '../../log.ts';
import { accessProblem } from '../../store/database/access-problem.ts';
import { checkSchema, migrate, type Schema, SchemaOlder } from '../../store/database/migrate.ts';
import {
  createDatabase,
  type Database,
  isUnreachable,
  type LookAtConnection,
  type PoolLimits,
  READS,
  STATS,
} from '../../store/database/pool.ts';
import { missingRights, refusedRight } from '../../store/database/rights.ts';
import { DatabaseUnfit } from '../../store/database/session.ts';
import { withConnection } from '../../store/database/with-connection.ts';

export type OpenOptions = {
  reachedWithinMs?: number;
  watch?: (connectionString: string) => LookAtConnection;
  signs?: boolean;
};

export type OpenedDatabase = {
  db: Database;
  /** For what clients read of many payouts. */
  reads: Database;
  /** For the figures of all payouts. */
  stats: Database;
  close(): Promise<void>;
};

/** The database cannot be used; the message is for the person who starts the service. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/** A database that starts together with the service, as under Compose, can be reached by then. */
const REACHED_WITHIN_MS = 60_000;
const SEE_ROLES = 'See docs/database.md.';
const WAIT_MIN_MS = 250;
const WAIT_MAX_MS = 5000;

async function reach(connectionString: string, log: Log, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withConnection(connectionString, (client) => client.query('select 1'));
      return;
    } catch (err) {
      // Only an operator can fix this, and should not wait a minute for the message.
      if (err instanceof DatabaseUnfit) throw new DatabaseUnusable(err.message, { cause: err });
      const problem = accessProblem(err);
      if (problem !== null) throw new DatabaseUnusable(problem, { cause: err });
      if (!isUnreachable(err)) throw err;
      const cause = err instanceof Error ? err.message : String(err);
      if (performance.now() >= deadline) {
        const seconds = Math.round(withinMs / 1000);
        throw new DatabaseUnusable(
          `The database could not be reached within ${seconds} s: ${cause}`,
          { cause: err },
        );
      }
      log.warn({ attempt, cause }, 'Waiting for the database.');
      const wait = backoff(attempt, WAIT_MIN_MS, WAIT_MAX_MS, Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Reads the schema, and checks that the role may do what a running service does. */
async function check(connectionString: string): Promise<Schema> {
  try {
    return await withConnection(connectionString, async (client) => {
      const schema = await checkSchema(client);
      const lacking = await missingRights(client);
      if (lacking !== null) throw new DatabaseUnusable(`${lacking} ${SEE_ROLES}`);
      return schema;
    });
  } catch (error) {
    if (!(error instanceof SchemaOlder)) throw error;
    throw new DatabaseUnusable(`${error.message}.`, { cause: error });
  }
}

async function applyMigrations(connectionString: string, log: Log): Promise<void> {
  const say = (message: string) => log.info({}, message);
  for (const { version, name } of await migrate(connectionString, { say })) {
    log.info({ version, migration: name }, 'Migrated the database.');
  }
}

async function bringUpToDate(connectionString: string, migrateOnStart: boolean, log: Log) {
  try {
    if (migrateOnStart) await applyMigrations(connectionString, log);
    warnOfNewer(await check(connectionString), log);
  } catch (error) {
    const refused = refusedRight(error);
    if (refused === null) throw error;
    throw new DatabaseUnusable(
      `The role of DATABASE_URL lacks a right: ${refused}. Run npm run migrate as the role that ` +
        `owns the tables, and grant this one the rights to read and write them. ${SEE_ROLES}`,
      { cause: error },
    );
  }
}

function warnOfNewer(schema: Schema, log: Log): void {
  if (schema.found > schema.known) {
    log.warn(
      { version: schema.found },
      `A newer version has migrated the database; this one, of ${schema.known}, can work on it.`,
    );
  }
}

/**
 * Opens the configured database; throws {@link DatabaseUnusable} or an error of the migration.
 * `watch` looks at every connection of the pool before it is handed out; `signs` names its sessions
 * as ones that sign the rows that they write.
 */
export async function openDatabase(
  { server, migrateOnStart }: Config['database'],
  log: Log,
  { reachedWithinMs = REACHED_WITHIN_MS, watch, signs = false }: OpenOptions = {},
): Promise<OpenedDatabase> {
  const embedded =
    server.kind === 'embedded'
      ? await startEmbeddedPostgres({
          dataDir: server.dataDir,
          log: (line) => log.info({ dataDir: server.dataDir }, line),
        })
      : null;
  const connectionString =
    server.kind === 'remote' ? server.url.reveal() : (embedded?.connectionString ?? '');
  try {
    await reach(connectionString, log, reachedWithinMs);
    await bringUpToDate(connectionString, migrateOnStart, log);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const onBroken = (err: Error) =>
    log.warn({ err }, 'A database connection broke; another one takes its place.');
  const watching = watch === undefined ? {} : { lookAt: watch(connectionString) };
  const db = createDatabase(connectionString, onBroken, { signs, ...watching });
  const further = (limits: PoolLimits) =>
    createDatabase(connectionString, onBroken, { signs, ...watching, limits, judgedBy: db });
  const reads = further(READS);
  const stats = further(STATS);
  return {
    db,
    reads,
    stats,
    close: async () => {
      await Promise.all([db.close(), reads.close(), stats.close()]);
      await embedded?.stop();
    },
  };
}
