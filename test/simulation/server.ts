/**
 * A PostgreSQL for one use of the command, with an empty, migrated database for each worker; all of
 * it is removed at the end.
 */

import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Node takes a folder for the host of a socket where it begins with a slash. */
const hasSockets = process.platform !== 'win32';

/** A folder for the server's socket, which its user may write to; null where there are none. */
async function makeSocketFolder(dataDir: string): Promise<string | null> {
  if (!hasSockets) return null;
  const folder = join(dataDir, 'socket');
  await mkdir(folder);
  await chmod(folder, 0o777);
  return folder;
}

export async function startRunServer(workers: number): Promise<RunServer> {
  const dataDir = await makeServerFolder();
  try {
    const socketFolder = await makeSocketFolder(dataDir);
    const { connectionString } = await startEmbeddedPostgres({
      dataDir,
      log: () => undefined,
      settings: {
        // Each run begins with empty tables.
        autovacuum: 'off',
        // Half of what a statement costs over TCP, on both sides.
        ...(socketFolder !== null && { unix_socket_directories: socketFolder }),
      },
    });
    const address = new URL(connectionString);
    if (socketFolder !== null) address.searchParams.set('host', socketFolder);
    const databases: string[] = [];
    for (let worker = 1; worker <= workers; worker += 1) {
      databases.push(await createRunDatabase(address.href, `simulation_${worker}`));
    }
    return { databases, stop: () => removeServerFolder(dataDir) };
  } catch (error) {
    await removeServerFolder(dataDir);
    throw error;
  }
}
