/**
 * Statements on connections of the pool: a connection that was lost is counted once, told to who
 * listens, and never used again.
 */

import type { ClientBase, Pool, PoolClient } from 'pg';
import { isLost, STALE_PLAN, sqlState } from './database-errors.ts';

/** Counts lost connections, each once, and tells who listens. */
export function createLosses() {
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

/**
 * The part of PostgreSQL that waits for standbys. When an operator cancels that wait the commit is
 * answered as done, with a warning from here: it is on this server, and a failover would lose it.
 */
const WAITS_FOR_STANDBYS = 'SyncRepWaitForLSN';

/** The code is what makes it an answer that tells nothing: it is saved, or it is not. */
const commitInDoubt = (): Error =>
  Object.assign(new Error('A commit was not awaited on the standbys.'), { code: 'ECONNRESET' });

/** Runs statements on connections of the pool, and sees to it that a lost one is not used again. */
export function createConnections(pool: Pool, losses: ReturnType<typeof createLosses>) {
  const inDoubt = new WeakSet<ClientBase>();
  pool.on('connect', (client) => {
    client.on('notice', ({ routine }) => {
      if (routine === WAITS_FOR_STANDBYS) inDoubt.add(client);
    });
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
      const done = await work(client);
      if (inDoubt.has(client)) throw commitInDoubt();
      return done;
    } catch (error) {
      broken = await end(client, error);
      if (inDoubt.has(client)) broken ??= toError(error);
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
export const replace = (_client: PoolClient, error: unknown): Promise<Error> =>
  Promise.resolve(toError(error));

/**
 * A rolled back connection is as good as new. Where that fails the connection itself is gone:
 * PostgreSQL rolls back. A plan that a newer schema made stale (`0A000`) is stale for good.
 */
export const rollBack = async (client: PoolClient, error: unknown): Promise<Error | undefined> => {
  try {
    await client.query('rollback');
  } catch (cause) {
    return toError(cause);
  }
  return sqlState(error) === STALE_PLAN ? toError(error) : undefined;
};
