/**
 * The connection pool, and the two shapes that statements run on: the pool itself, or one client
 * inside a transaction.
 */

import {
  type ClientBase,
  DatabaseError,
  Pool,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';
import {
  assertKeepsCommits,
  DatabaseUnfit,
  type Examined,
  examineText,
  prepareSession,
  type Setting,
} from './session.ts';

/** Runs one statement; named ones are prepared once per connection. */
export type Queryable = {
  query<T extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<T>>;
};

export type Database = Queryable & {
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  /** Connections in all, idle ones, and callers waiting for one. */
  counts(): { total: number; idle: number; waiting: number };
  /**
   * Asks the server for its time (milliseconds since 1970) and whether it still keeps commits.
   * While it does not, every statement is refused with {@link DatabaseUnfit}, which this rejects
   * with, too; the next examination that goes well ends that.
   */
  examine(): Promise<number>;
  /**
   * How often a connection was lost since the start: broken while in use or idle, given up without
   * an answer, or not to be had because no server answered.
   */
  losses(): number;
  /** Calls `listener` at each loss. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** False where nobody misses what a crash loses: simulations. See session.ts. */
  durable?: boolean;
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
 * Every statement of ours reads few rows by an index. A plan that is made while a table is small,
 * or not yet analysed, reads it whole, and the plan of a prepared statement is kept: on a fresh
 * database a save met 820 pages this way, and 55 with these settings. Where no index serves they
 * forbid nothing, but before PostgreSQL 18 they add 1e10 to what such a plan is thought to cost
 * (the pause switch is one row without an index that helps), and from 1e5 on a plan is compiled.
 */
const PLANS_BY_INDEX: readonly Setting[] = [
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_mergejoin', 'off'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['jit', 'off'],
];

/** Counts lost connections, each once, and tells who listens. */
function createLosses() {
  const seen = new WeakSet<ClientBase>();
  const listeners: (() => void)[] = [];
  let count = 0;
  const add = (): void => {
    count += 1;
    for (const listener of listeners) listener();
  };
  return {
    count: () => count,
    listen: (listener: () => void) => void listeners.push(listener),
    /** No connection came about. */
    add,
    of: (client: ClientBase): void => {
      if (seen.has(client)) return;
      seen.add(client);
      add();
    },
  };
}

function createPool(connectionString: string, onConnect: (client: ClientBase) => Promise<void>) {
  const options = {
    connectionString,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server's timeout cannot help when the server itself is gone without a word.
    query_timeout: STATEMENT_TIMEOUT_MS + 1000,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'payout-service',
    // The pool waits for it before it gives the connection out, though its types do not say so.
    onConnect,
  };
  return new Pool(options);
}

/** Runs statements on connections of the pool, and sees to it that a lost one is not used again. */
function createConnections(pool: Pool, losses: ReturnType<typeof createLosses>) {
  pool.on('connect', (client) => {
    // The pool listens only to idle connections, and an error event that nobody listens to would
    // end the process. The statement under way, or the next one, fails with it.
    client.on('error', () => losses.of(client));
  });

  const acquire = async (): Promise<PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      if (isLost(error)) losses.add();
      throw error;
    }
  };

  /** `end` says how the connection is after what it failed with; an error keeps it from use. */
  return async <T>(
    work: (client: PoolClient) => Promise<T>,
    end: (client: PoolClient, error: unknown) => Promise<Error | undefined>,
  ): Promise<T> => {
    const client = await acquire();
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      broken = await end(client, error);
      if (isLost(error) || isLost(broken)) losses.of(client);
      throw error;
    } finally {
      client.release(broken);
    }
  };
}

const toError = (cause: unknown): Error =>
  cause instanceof Error ? cause : new Error('a statement failed', { cause });

/** After a failed statement the connection is replaced, and with it whatever was prepared on it. */
const replace = (_client: PoolClient, error: unknown): Promise<Error> =>
  Promise.resolve(toError(error));

/**
 * A rolled back connection is as good as new. Where that fails the connection itself is gone:
 * PostgreSQL rolls back. A plan that a newer schema made stale (`0A000`) is stale for good.
 */
const rollBack = async (client: PoolClient, error: unknown): Promise<Error | undefined> => {
  try {
    await client.query('rollback');
  } catch (cause) {
    return toError(cause);
  }
  return sqlState(error) === STALE_PLAN ? toError(error) : undefined;
};

/** Opens a pool; a connection that breaks while idle is told to `onIdleError` and replaced. */
export function createDatabase(
  connectionString: string,
  onIdleError: (error: Error) => void,
  { durable = true }: DatabaseOptions = {},
): Database {
  /** Why the server must not be used, as it was last seen; null while it may. */
  let unfit: DatabaseUnfit | null = null;
  const judging = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const done = await work();
      unfit = null;
      return done;
    } catch (error) {
      if (error instanceof DatabaseUnfit) unfit = error;
      throw error;
    }
  };
  const pool = createPool(connectionString, (client) =>
    judging(() => prepareSession(client, { durable, settings: PLANS_BY_INDEX })),
  );
  pool.on('error', onIdleError);
  const losses = createLosses();
  const run = createConnections(pool, losses);
  /** Also for connections from before: what they commit now would be lost just the same. */
  const assertFit = (): void => {
    if (unfit !== null) throw unfit;
  };

  return {
    query: async (statement) => {
      assertFit();
      return run((client) => client.query(statement), replace);
    },
    transaction: async (work) => {
      assertFit();
      return run(async (client) => {
        await client.query('begin');
        const result = await work(client);
        await client.query('commit');
        return result;
      }, rollBack);
    },
    examine: () =>
      judging(async () => {
        const statement = { name: 'examine-server', text: examineText };
        const { rows } = await run((client) => client.query<Examined>(statement), replace);
        const [server] = rows;
        if (server === undefined) throw new Error('the server did not tell its time');
        if (durable) assertKeepsCommits(server);
        return server.now.getTime();
      }),
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    losses: losses.count,
    onLost: losses.listen,
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
  // Of a server that must not be used, no statement was asked at all.
  if (error instanceof DatabaseUnfit) return true;
  return state !== null && !/^(08|57|40003)/.test(state);
}

/** lock_not_available: somebody else's uncommitted row is in the way. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** feature_not_supported: "cached plan must not change result type". */
const STALE_PLAN = '0A000';

const TOO_MANY_CONNECTIONS = '53300';

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
  TOO_MANY_CONNECTIONS,
  // read_only_sql_transaction: the server was made read-only under a session that could write.
  '25006',
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
  if (error instanceof DatabaseUnfit) return true;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return UNREACHABLE.has(code);
  return WORDS_OF_PG.test(error.message);
}

/** What ends a session for good, whatever the error code says beside it. */
const FATAL = new Set(['FATAL', 'PANIC']);
/** The server answered, or the pool has no connection free: nothing is lost by either. */
const NOT_LOST = /timeout exceeded when trying to connect/i;

/** Whether a connection, or every way to one, was lost with this error. */
function isLost(error: unknown): boolean {
  if (error instanceof DatabaseUnfit) return false;
  if (error instanceof DatabaseError) {
    return FATAL.has(error.severity ?? '') && error.code !== TOO_MANY_CONNECTIONS;
  }
  return isUnreachable(error) && !(error instanceof Error && NOT_LOST.test(error.message));
}
