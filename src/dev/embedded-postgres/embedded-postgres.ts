/**
 * A real PostgreSQL for one service, in the service's data folder. It is started with the service,
 * or attached to when it already runs, and stopped with the service. It must not know what is
 * stored in it, nor replace a server that several machines share. `cluster.ts` decides where its
 * data is.
 */

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { withConnection } from '../../store/database/with-connection.ts';
import { type Cluster, clusterUrl, DATABASE, findCluster, placeForCluster } from './cluster.ts';
import { initialise } from './initialise.ts';
import { findPostmaster } from './postmaster.ts';
import { findPrograms, type Programs, SHARED_FOLDER } from './programs.ts';
import { launchServer, logTail, type ServerSettings, stopServer } from './server.ts';

export type EmbeddedPostgres = {
  connectionString: string;
  /** Stops the server, also when this process only attached to it. A second call does nothing. */
  stop(): Promise<void>;
};

/** A start takes 40 ms, recovery after a crash a few seconds per GB of unfinished work. */
const START_DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 25;

/**
 * A launch fails when another process took the port or created the cluster first, or when sessions
 * of a killed server have not ended yet. With doubling pauses five launches span three seconds.
 */
const LAUNCHES_MAX = 5;
const FIRST_PAUSE_MS = 200;

/** duplicate_database, and unique_violation on its catalogue: another start has just created it. */
const DATABASE_EXISTS_CODES = ['42P04', '23505'];

/**
 * Starts the server for `dataDir`, or attaches to a running one, and returns when the database
 * `payouts` accepts connections. `log` gets one line for each event that the operator should know.
 * The server belongs to one service at a time: stopping it stops it for every process. Throws with
 * a sentence for the operator when there is no server for this machine or it does not start.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: (line: string) => void;
  /** Instead of the defaults of `server.ts`, for a server that is started here. */
  settings?: ServerSettings;
}): Promise<EmbeddedPostgres> {
  const { dataDir, log, settings = {} } = options;
  const found = await findCluster(dataDir);
  const cluster = found ?? (await placeForCluster(dataDir));
  const programs = await findPrograms(cluster.account);
  if (cluster.folder.startsWith(SHARED_FOLDER)) {
    log(`PostgreSQL may not run as root; the database of ${dataDir} is in ${cluster.folder}`);
  }
  if (!found) {
    log(`creating a database in ${cluster.folder}`);
    await initialise(cluster, programs);
  }
  const port = await ensureRunning(cluster, programs, { log, settings });
  await ensureDatabase(await clusterUrl(cluster, port, 'postgres'));
  let stopping: Promise<void> | undefined;
  return {
    connectionString: await clusterUrl(cluster, port, DATABASE),
    stop: () => (stopping ??= stopServer(cluster, programs)),
  };
}

/**
 * The connection string of the running server for `dataDir`, or null. Starts and creates nothing.
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const cluster = await findCluster(dataDir);
  if (!cluster) return null;
  const seen = await findPostmaster(cluster);
  return seen.kind === 'ready' ? clusterUrl(cluster, seen.port, DATABASE) : null;
}

/**
 * Looks for a server, launches one when none serves the cluster, and looks again until one answers.
 */
async function ensureRunning(
  cluster: Cluster,
  programs: Programs,
  { log, settings }: { log: (line: string) => void; settings: ServerSettings },
): Promise<number> {
  const deadline = performance.now() + START_DEADLINE_MS;
  let child: ChildProcess | null = null;
  for (let launches = 0; ; ) {
    const seen = await findPostmaster(cluster);
    if (seen.kind === 'ready') {
      const how = seen.pid === child?.pid ? 'started' : 'attached to';
      log(`${how} PostgreSQL (process ${seen.pid}) on 127.0.0.1:${seen.port}`);
      return seen.port;
    }
    if (performance.now() > deadline) {
      const why =
        seen.kind === 'busy' ? `process ${seen.pid}: ${seen.reason}` : 'no server process';
      throw new Error(`PostgreSQL does not answer after ${START_DEADLINE_MS} ms (${why})`);
    }
    if (seen.kind === 'none' && !isRunning(child)) {
      if (launches === LAUNCHES_MAX) {
        throw new Error(`PostgreSQL does not start: ${await logTail(cluster)}`);
      }
      if (launches > 0) await sleep(FIRST_PAUSE_MS * 2 ** (launches - 1));
      child = await launchServer(cluster, programs, { stalePid: seen.stalePid, settings });
      launches += 1;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function isRunning(child: ChildProcess | null): boolean {
  return child !== null && child.exitCode === null && child.signalCode === null;
}

/**
 * Creates the database once. A start that was killed before this point left a server without it.
 */
async function ensureDatabase(maintenanceUrl: string): Promise<void> {
  await withConnection(maintenanceUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      DATABASE,
    ]);
    if (rowCount) return;
    try {
      await client.query(`create database ${DATABASE}`);
    } catch (error) {
      const isThere =
        error instanceof DatabaseError && DATABASE_EXISTS_CODES.includes(error.code ?? '');
      if (!isThere) throw error;
    }
  });
}
