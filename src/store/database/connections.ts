/**
 * Runs statements on connections of the pool. A lost connection is counted once, reported to the
 * listeners, and never used again.
 */

import type { ClientBase, Pool, PoolClient } from 'pg';
import { isLost, READ_ONLY, STALE_PLAN, sqlState } from './database-errors.ts';

/** Counts lost connections, each once, and calls the listeners. */
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
    /** Counts a connection that could not be opened. */
    add,
    of: (client: ClientBase): void => {
      if (seen.has(client)) return;
      seen.add(client);
      add();
    },
  };
}

/**
 * The part of PostgreSQL that waits for standbys. When an operator cancels that wait, the server
 * answers the commit as done, with a warning from this routine: the commit is on this server, and a
 * failover would lose it.
 */
const WAITS_FOR_STANDBYS = 'SyncRepWaitForLSN';

/** The code marks the error as one that leaves open whether the commit is saved. */
const commitInDoubt = (): Error =>
  Object.assign(new Error('A commit was not awaited on the standbys.'), { code: 'ECONNRESET' });

/** Runs statements on connections of the pool, and keeps a lost one from being used again. */
export function createConnections(pool: Pool, losses: ReturnType<typeof createLosses>) {
  const inDoubt = new WeakSet<ClientBase>();
  pool.on('connect', (client) => {
    client.on('notice', ({ routine }) => {
      if (routine === WAITS_FOR_STANDBYS) inDoubt.add(client);
    });
    // The pool listens only to idle connections, and an error event without a listener would end
    // the process. The statement under way, or the next one, fails with the error.
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

  /**
   * `end` decides whether the connection can be used again after the error that its work failed
   * with; it returns an error where it cannot.
   */
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

/** Replaces the connection after a failed statement, and so everything that was prepared on it. */
export const replace = (_client: PoolClient, error: unknown): Promise<Error> =>
  Promise.resolve(toError(error));

const KEPT_BY_THE_CONNECTION: ReadonlySet<string | null> = new Set([STALE_PLAN, READ_ONLY]);

/**
 * Rolls back; the connection can be used again. Where the rollback fails the connection itself is
 * lost, and PostgreSQL rolls back. A plan that a newer schema made stale (`0A000`) stays stale on
 * its connection, and behind a name that moved a connection stays at the server that is read-only.
 */
export const rollBack = async (client: PoolClient, error: unknown): Promise<Error | undefined> => {
  try {
    await client.query('rollback');
  } catch (cause) {
    return toError(cause);
  }
  return KEPT_BY_THE_CONNECTION.has(sqlState(error)) ? toError(error) : undefined;
};
