/**
 * The connection pool, and the two shapes that statements run on: the pool itself, or one client
 * inside a transaction.
 */

import {
  type ClientBase,
  DatabaseError,
  Pool,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';

/** Runs one statement; named ones are prepared once per connection. */
export type Queryable = {
  query<T extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<T>>;
};

export type Database = Queryable & {
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  /** `listener` hears of every connection that breaks, also of one under way or idle. */
  onLost(listener: () => void): void;
  /** Connections in all, idle ones, and callers waiting for one. */
  counts(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
};

/** Runner, HTTP and notifications share these; PostgreSQL's default allows 100 in all. */
const CONNECTIONS_MAX = 20;
const CONNECT_TIMEOUT_MS = 5000;
/** No statement of ours runs long; a stuck one must not hold a lease's worth of work. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** How long a create waits for another one with the same key that has not committed yet. */
const LOCK_TIMEOUT_MS = 2000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Versions before 2 use the bare name: while one of them is connected, a payout keeps to ids that
 * they know (see installation.ts).
 */
const APPLICATION_NAME = 'payout-service/2';

/**
 * Every statement of ours reads few rows by an index. A plan that is made while a table is small,
 * or not yet analysed, reads it whole, and the plan of a prepared statement is kept: on a fresh
 * database a save met 820 pages this way, and 55 with these settings. Where no index serves they
 * forbid nothing, but before PostgreSQL 18 they add 1e10 to what such a plan is thought to cost
 * (the pause switch is one row without an index that helps), and from 1e5 on a plan is compiled.
 */
const PLANS_BY_INDEX = [
  'enable_seqscan',
  'enable_bitmapscan',
  'enable_hashjoin',
  'enable_mergejoin',
]
  .map((setting) => `set ${setting} = off;`)
  .concat('set plan_cache_mode = force_generic_plan;', 'set jit = off;')
  .join(' ');

/** undefined_object: another engine that speaks PostgreSQL has a planner of its own. */
const UNKNOWN_SETTING = '42704';

async function setSession(client: ClientBase): Promise<void> {
  await client.query(PLANS_BY_INDEX).catch((error: unknown) => {
    if (sqlState(error) !== UNKNOWN_SETTING) throw error;
  });
}

/** Looks at every new connection before it is given out; what it throws refuses the connection. */
export type LookAtConnection = (db: Queryable) => Promise<void>;

/** Opens a pool; a connection that breaks while idle is told to `onIdleError` and replaced. */
export function createDatabase(
  connectionString: string,
  onIdleError: (error: Error) => void,
  lookAt: LookAtConnection = async () => undefined,
): Database {
  const lostListeners: (() => void)[] = [];
  /** The pool waits for it before it gives a connection out, though its types do not say so. */
  const hooks = {
    onConnect: async (client: ClientBase): Promise<void> => {
      client.on('error', () => {
        for (const listener of lostListeners) listener();
      });
      await setSession(client);
      await lookAt({ query: (statement) => client.query(statement) });
    },
  };
  const pool = new Pool({
    ...hooks,
    connectionString,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server's timeout cannot help when the server itself is gone without a word.
    query_timeout: STATEMENT_TIMEOUT_MS + 1000,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: APPLICATION_NAME,
  });
  pool.on('error', onIdleError);

  const transaction = async <T>(work: (db: Queryable) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onBroken = (error: Error): void => {
      broken = error;
    };
    // The pool listens only to idle connections, and an error event that nobody listens to would
    // end the process. The statement under way, or the next one, fails with it.
    client.on('error', onBroken);
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((cause: unknown) => {
        // The connection itself is gone: PostgreSQL rolls back, and the pool must not reuse it.
        broken = cause instanceof Error ? cause : new Error('rollback failed', { cause });
      });
      throw error;
    } finally {
      client.off('error', onBroken);
      client.release(broken);
    }
  };

  return {
    query: (statement) => pool.query(statement),
    transaction,
    onLost: (listener) => void lostListeners.push(listener),
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
}

/** PostgreSQL's code of an error (`23505`, `55P03`, …); null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? null) : null;
}

/**
 * Whether the server judged a statement and refused it, so that certainly nothing of it is saved. A
 * lost connection (08), a stop of the server or the statement (57), and 40003 tell nothing: a stop
 * may come between a commit and its answer.
 */
export function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && !/^(08|57|40003)/.test(state);
}

/** lock_not_available: somebody else's uncommitted row is in the way. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** Codes of Node and PostgreSQL that mean: not there yet, or not any more. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  // cannot_connect_now, admin_shutdown, crash_shutdown, too_many_connections.
  '57P03',
  '57P01',
  '57P02',
  '53300',
]);

/** pg has no code for these five; the fourth is its pool's, for want of a free connection. */
const WORDS_OF_PG =
  /connection terminated|timeout expired|not queryable|timeout exceeded when|read timeout/i;

/**
 * Whether an error says that the database is away, rather than that it refuses us or the statement.
 */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isUnreachable);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return UNREACHABLE.has(code);
  return WORDS_OF_PG.test(error.message);
}
