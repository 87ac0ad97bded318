/**
 * One short-lived connection for work outside the service's pool: migrations and the embedded
 * server's own questions. It must not serve requests; that is what the pool is for.
 */

import { Client } from 'pg';
import type { Queryable } from './pool.ts';
import { prepareSession, type SessionNeeds } from './session.ts';

/** A local server answers in a millisecond; a remote one under load still takes well below this. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to `connectionString`, hands the client to `work` and closes it whatever happens.
 * Rejects with the driver's error when the connection fails or is lost, and with DatabaseUnfit
 * where session.ts refuses the server.
 */
export async function withConnection<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
  needs: SessionNeeds = { durable: true },
): Promise<Result> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A lost connection also fails the query under way, which is where it is reported; without a
  // listener the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await prepareSession(client, needs);
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A transaction on a connection of its own, without the pool's timeouts: for what may take minutes
 * and must not wait for a free connection of the pool.
 */
export const inOwnTransaction = <Result>(
  connectionString: string,
  work: (db: Queryable) => Promise<Result>,
): Promise<Result> =>
  withConnection(connectionString, async (client) => {
    await client.query('begin');
    // Closing the connection takes back what is not committed.
    const result = await work({ query: (statement) => client.query(statement) });
    await client.query('commit');
    return result;
  });
