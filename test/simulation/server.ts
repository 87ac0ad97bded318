/**
 * A PostgreSQL for one use of the command, with an empty, migrated database for each worker; all of
 * it is removed at the end.
 */

import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';

export type RunServer = { databases: readonly string[]; stop(): Promise<void> };

/** Creates and migrates a database with this name on a server, and answers its address. */
export async function createRunDatabase(connectionString: string, name: string): Promise<string> {
  await withConnection(connectionString, (client) => client.query(`create database ${name}`));
  const url = new URL(connectionString);
  url.pathname = name;
  await migrate(url.href);
  return url.href;
}

export async function startRunServer(workers: number): Promise<RunServer> {
  const dataDir = await makeServerFolder();
  try {
    const { connectionString } = await startEmbeddedPostgres({ dataDir, log: () => undefined });
    const databases: string[] = [];
    for (let worker = 1; worker <= workers; worker += 1) {
      databases.push(await createRunDatabase(connectionString, `simulation_${worker}`));
    }
    return { databases, stop: () => removeServerFolder(dataDir) };
  } catch (error) {
    await removeServerFolder(dataDir);
    throw error;
  }
}
