/**
 * A PostgreSQL server that belongs to one test and keeps its port, so that the test can stop it as
 * an operator or the kernel would, put earlier files in its place, and start it again for those who
 * know its address.
 */

import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterData, findCluster } from '../../src/dev/embedded-postgres/cluster.ts';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { findPrograms } from '../../src/dev/embedded-postgres/programs.ts';
import { freePort } from '../../src/dev/sandbox/sandbox.ts';
import { type PostgresServer, postgresServer, type Settings } from './postgres-server.ts';
import { makeServerFolder, removeServerFolder } from './server-folder.ts';

export type { Stop } from './postgres-server.ts';

export type OwnPostgres = PostgresServer & {
  /** A copy of the files of the stopped server, next to them; answers its path. */
  copyFiles(name: string): Promise<string>;
  /** Puts a copy in the place of the stopped server's files, and empty files with these names. */
  putBack(copy: string, signals?: readonly string[]): Promise<void>;
  /** A server on another port over a copy, which streams from the primary at this port. */
  standby(copy: string, primaryPort: number): Promise<PostgresServer>;
  /** A folder next to the data for what the server archives. */
  folder: string;
  remove(): Promise<void>;
};

const run = promisify(execFile);

/** PostgreSQL notes the command line of its last start here: our settings, and the port. */
async function settingsOf(data: string): Promise<Settings> {
  const noted = await readFile(join(data, 'postmaster.opts'), 'utf8');
  const args = [...noted.matchAll(/"(?<argument>[^"]*)"/g)].map(
    ({ groups }) => groups?.['argument'] ?? '',
  );
  return Object.fromEntries(
    args
      .filter((arg) => arg.includes('='))
      .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]),
  );
}

export type OwnPostgresOptions = {
  /** Settings next to those of the product, or in their place. */
  settings?: Settings;
  /** Leaves out what on a command line could not be made to lose commits by `alter system`. */
  alterable?: boolean;
};

const FIXED = ['fsync', 'full_page_writes', 'synchronous_commit'];

/** Makes a server with the settings of the product, and starts it. */
export async function startOwnPostgres({
  settings: changes = {},
  alterable = false,
}: OwnPostgresOptions = {}): Promise<OwnPostgres> {
  const dataDir = await makeServerFolder();
  const first = await startEmbeddedPostgres({ dataDir, log: () => {} });
  const cluster = await findCluster(dataDir);
  if (cluster === null) throw new Error('there is no cluster in the new data folder');
  const { folder, account } = cluster;
  const programs = await findPrograms(account);
  const data = clusterData(folder);
  const all = { ...(await settingsOf(data)), ...changes };
  const isKept = ([name]: readonly [string, string]) => !(alterable && FIXED.includes(name));
  const settings = Object.fromEntries(Object.entries(all).filter(isKept));
  await first.stop();

  const { connectionString } = first;
  const parts = { programs, account, folder, settings };
  const standbys: PostgresServer[] = [];
  const server = postgresServer({ ...parts, data, connectionString });
  // As the server's user: PostgreSQL refuses files that belong to another one.
  const asOwner = { ...account, cwd: folder };
  const copyTree = (from: string, to: string) => run('cp', ['-a', from, to], asOwner);
  const signal = async (into: string, name: string): Promise<void> => {
    await writeFile(join(into, name), '');
  };
  await server.start();
  return {
    ...server,
    folder,
    copyFiles: async (name) => {
      const copy = join(folder, name);
      await copyTree(data, copy);
      return copy;
    },
    putBack: async (copy, signals = []) => {
      await rm(data, { recursive: true });
      await copyTree(copy, data);
      for (const name of signals) await signal(data, name);
    },
    standby: async (copy, primaryPort) => {
      const port = await freePort(0);
      const url = new URL(connectionString);
      const { username, password } = url;
      url.port = String(port);
      await signal(copy, 'standby.signal');
      const primary = `host=127.0.0.1 port=${primaryPort} user=${username} password=${password}`;
      const own = { ...settings, port: String(port), primary_conninfo: primary };
      const made = { ...parts, data: copy, settings: own, connectionString: url.href };
      const standby = postgresServer(made);
      standbys.push(standby);
      return standby;
    },
    remove: async () => {
      // By us: one that the product refuses it does not stop either.
      for (const one of [server, ...standbys]) if (one.isRunning()) await one.stop('SIGQUIT');
      await removeServerFolder(dataDir);
    },
  };
}
