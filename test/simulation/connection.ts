/**
 * The database of a worker on one connection of its own. Events run one after the other, and so do
 * their statements. The service's pool has a timer and a place in a queue for each of them, which
 * costs as much as the round trip to the server.
 */

import { Client } from 'pg';
import { type Database, PLANS_BY_INDEX, type Queryable } from '../../src/store/database/pool.ts';
import { prepareSession } from '../../src/store/database/session.ts';

/** What is lost in a power cut is of no matter here. */
export function openRunDatabase(connectionString: string): Database {
  const client = new Client({ connectionString, options: '-c synchronous_commit=off' });
  // The statement under way, or the next one, fails with it.
  client.on('error', () => undefined);
  const connect = async (): Promise<void> => {
    await client.connect();
    await prepareSession(client, { durable: false, settings: PLANS_BY_INDEX });
  };
  let connected: Promise<void> | null = null;
  let isInTransaction = false;
  /** Two at the same time would be one transaction, and an order that no seed decides. */
  const begin = async (): Promise<void> => {
    await (connected ??= connect());
    if (isInTransaction) throw new Error('a statement came in between those of a transaction');
  };
  const inside: Queryable = { query: (statement) => client.query(statement) };
  return {
    query: async (statement) => {
      await begin();
      return client.query(statement);
    },
    transaction: async (work) => {
      await begin();
      isInTransaction = true;
      try {
        await client.query('begin');
        const result = await work(inside);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        isInTransaction = false;
      }
    },
    counts: () => ({ total: 1, idle: 1, waiting: 0 }),
    examine: () => Promise.reject(new Error('the clock of a run is the world, not its server')),
    unfit: () => null,
    refusesWrites: () => false,
    losses: () => 0,
    onLost: () => undefined,
    close: () => client.end(),
  };
}
