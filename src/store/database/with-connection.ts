/**
 * One short-lived connection for work outside the pool of the service: migrations and the checks of
 * the embedded server. It must not serve requests; `pool.ts` does that.
 */

import type { Client } from 'pg';
import { AddressedClient, clientOptions } from './client-options.ts';
import type { Queryable } from './pool.ts';
import { prepareSession, type SessionNeeds } from './session.ts';

/** A local server answers in a millisecond; a remote one under load takes well below this. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * An index may be built for longer than a firewall keeps a silent connection, which is 350 s in
 * clouds; without these packets the answer would never come.
 */
const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * Connects to `connectionString`, passes the client to `work` and closes it in any case. Rejects
 * with the driver's error when the connection fails or is lost, and with DatabaseUnfit where
 * `session.ts` refuses the server.
 */
export async function withConnection<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
  needs: SessionNeeds = { durable: true },
): Promise<Result> {
  const client = new AddressedClient({
    ...clientOptions(connectionString),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  });
  // A lost connection also fails the query under way, which reports it; without a listener the
  // event would end the process.
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
 * A transaction on a connection of its own, without the timeouts of the pool: for work that may
 * take minutes and must not wait for a free connection of the pool.
 */
export const inOwnTransaction = <Result>(
  connectionString: string,
  work: (db: Queryable) => Promise<Result>,
): Promise<Result> =>
  withConnection(connectionString, async (client) => {
    await client.query('begin');
    // Closing the connection rolls back what is not committed.
    const result = await work({ query: (statement) => client.query(statement) });
    await client.query('commit');
    return result;
  });
