/**
 * The connection pool, and the two shapes that statements run on: the pool itself, or one client
 * inside a transaction.
 */

import { type ClientBase, Pool, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { AddressedClient, clientOptions } from './client-options.ts';
import { createConnections, createLosses, replace, rollBack } from './connections.ts';
import { isWriteRefused } from './database-errors.ts';
import {
  assertUsable,
  DatabaseUnfit,
  type Examined,
  examineText,
  prepareSession,
  type Setting,
} from './session.ts';

export {
  isRefusal,
  isUnavailable,
  isUnreachable,
  LOCK_NOT_AVAILABLE,
  QUERY_CANCELED,
  sqlState,
} from './database-errors.ts';

/** Runs one statement; named ones are prepared once per connection. */
export type Queryable = {
  query<T extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<T>>;
};

export type Database = Queryable & {
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  /** Connections in all, idle connections, and callers that wait for one. */
  counts(): { total: number; idle: number; waiting: number };
  /**
   * Asks the server for its time (milliseconds since 1970) and whether it still keeps commits.
   * While it does not, every statement is refused with {@link DatabaseUnfit}, and this call rejects
   * with it, too; the next examination that succeeds ends that. `onSent` is called just before the
   * request leaves.
   */
  examine(onSent?: () => void): Promise<number>;
  /** Why every statement is refused at this moment; null while none is. */
  unfit(): DatabaseUnfit | null;
  /** Whether a write was refused lately, as by a full disk; reads may still be answered. */
  refusesWrites(): boolean;
  /**
   * How often a connection was lost since the start: it broke while in use or idle, was given up
   * without an answer, or could not be opened because no server answered.
   */
  losses(): number;
  /** Calls `listener` at each loss. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
};

export type LookAtConnection = (db: Queryable) => Promise<void>;

export type DatabaseOptions = {
  /** False where data may be lost in a crash: simulations. See `session.ts`. */
  durable?: boolean;
  /** Whether the rows that are written here are signed; the sessions carry a name of their own. */
  signs?: boolean;
  /**
   * Examines every new connection, and refuses it by throwing. See `service/database/history.ts`.
   */
  lookAt?: LookAtConnection;
  /** The work of a service, by default. */
  limits?: PoolLimits;
  /** A further pool to the same server: while that one refuses the server, this one does, too. */
  judgedBy?: Pick<Database, 'unfit'>;
};

export type PoolLimits = {
  connectionsMax: number;
  /** How long a caller waits for a connection to be free, or to be opened. */
  waitMs: number;
  /** How long the server may take for one statement. */
  statementMs: number;
};

/**
 * The runner, notifications and most of HTTP share these connections; PostgreSQL's default allows
 * 100 in all. No statement of them runs long; a stuck one must not take as long as the work of a
 * lease.
 */
const WORK: PoolLimits = { connectionsMax: 20, waitMs: 5000, statementMs: 15_000 };

/**
 * For what clients read of many payouts. A page takes some milliseconds, so that these connections
 * serve hundreds of them a second.
 */
export const READS: PoolLimits = { connectionsMax: 4, waitMs: 3000, statementMs: 3000 };

/**
 * For the figures of all payouts: slow lists must not hide from a scrape that payouts stand still.
 */
export const STATS: PoolLimits = { connectionsMax: 1, waitMs: 3000, statementMs: 3000 };

/**
 * A connection in use for longer is replaced when its work ends, and an idle one already after the
 * pool's 10 s. The server's name may have moved, and a changed password is tried while someone
 * still watches the change. To replace all of them takes a few milliseconds each.
 */
const CONNECTION_AGE_MAX_S = 300;
/**
 * Longer than load balancers and orchestrators wait between two probes, so that one of them is
 * answered before the replica receives writes again.
 */
const WRITES_REFUSED_FOR_MS = 15_000;
/** How long a create waits for another create with the same key that has not committed yet. */
const LOCK_TIMEOUT_MS = 2000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Every statement of this service reads few rows by an index. A plan that PostgreSQL makes while a
 * table is small, or not yet analysed, reads the whole table, and it keeps the plan of a prepared
 * statement: on a fresh database a save read 820 pages this way, and 55 with these settings. Where
 * no index serves they forbid nothing, but before PostgreSQL 18 they add 1e10 to the estimated cost
 * of such a plan (the pause switch is one row without an index that helps), and from 1e5 on a plan
 * is compiled.
 */
export const PLANS_BY_INDEX: readonly Setting[] = [
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_mergejoin', 'off'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['jit', 'off'],
];

/** Made on the session and not at its start, since poolers refuse them there. */
const limitsOf = ({ statementMs }: PoolLimits): readonly Setting[] => [
  ['statement_timeout', String(statementMs)],
  ['lock_timeout', String(LOCK_TIMEOUT_MS)],
  ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
];

function createPool(
  connectionString: string,
  signs: boolean,
  { connectionsMax, waitMs, statementMs }: PoolLimits,
  onConnect: (client: ClientBase) => Promise<void>,
) {
  const options = {
    ...clientOptions(connectionString, signs),
    Client: AddressedClient,
    max: connectionsMax,
    connectionTimeoutMillis: waitMs,
    maxLifetimeSeconds: CONNECTION_AGE_MAX_S,
    keepAlive: true,
    // The server's timeout does not help when the server itself is gone without an answer.
    query_timeout: statementMs + 1000,
    // The pool waits for this callback before it gives the connection out, though its types do not
    // say so.
    onConnect,
  };
  return new Pool(options);
}

/** Remembers when a write was refused last. */
function watchWrites(connections: ReturnType<typeof createConnections>) {
  let refusedAt = Number.NEGATIVE_INFINITY;
  const run: typeof connections = async (work, end) => {
    try {
      return await connections(work, end);
    } catch (error) {
      if (isWriteRefused(error)) refusedAt = performance.now();
      throw error;
    }
  };
  return { run, refusesWrites: () => performance.now() - refusedAt < WRITES_REFUSED_FOR_MS };
}

/** Opens a pool; a connection that breaks while idle is reported to `onIdleError` and replaced. */
export function createDatabase(
  connectionString: string,
  onIdleError: (error: Error) => void,
  { durable = true, signs = false, lookAt, limits = WORK, judgedBy }: DatabaseOptions = {},
): Database {
  /** Why the server must not be used, by its last examination; null while it may be used. */
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
  const pool = createPool(connectionString, signs, limits, async (client) => {
    const settings = [...PLANS_BY_INDEX, ...limitsOf(limits)];
    await judging(() => prepareSession(client, { durable, settings }));
    await lookAt?.({ query: (statement) => client.query(statement) });
  });
  pool.on('error', onIdleError);
  const losses = createLosses();
  const { run, refusesWrites } = watchWrites(createConnections(pool, losses));
  /** Connections from before are refused too: their commits would be lost just the same. */
  const refused = (): DatabaseUnfit | null => unfit ?? judgedBy?.unfit() ?? null;
  const assertFit = (): void => {
    const problem = refused();
    if (problem !== null) throw problem;
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
    examine: (onSent) =>
      judging(async () => {
        const statement = { name: 'examine-server', text: examineText };
        return run(async (client) => {
          onSent?.();
          const { rows } = await client.query<Examined>(statement);
          const [server] = rows;
          if (server === undefined) throw new Error('the server did not return its time');
          // A connection to a server that became a standby is replaced: its name may have moved.
          if (durable) assertUsable(server);
          return server.now.getTime();
        }, replace);
      }),
    unfit: refused,
    refusesWrites,
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    losses: losses.count,
    onLost: losses.listen,
    close: () => pool.end(),
  };
}
