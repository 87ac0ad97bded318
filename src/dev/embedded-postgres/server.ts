/**
 * Starts and stops the server process of a cluster. `embedded-postgres.ts` decides whether there
 * should be one.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type Cluster, clusterData, clusterLogFile } from './cluster.ts';
import { findPostmaster } from './postmaster.ts';
import { PROGRAM_ENVIRONMENT, type Programs, programPath, runProgram } from './programs.ts';

/** A fast shutdown writes one checkpoint: a second, or ten on a slow disk under load. */
const FAST_STOP_SECONDS = 30;

/** An immediate shutdown only ends processes; the next start recovers what was committed. */
const IMMEDIATE_STOP_SECONDS = 10;

/** pg_ctl ends after the seconds that it is given; this limit is for a pg_ctl that does not. */
const PG_CTL_MARGIN_MS = 5_000;

/** The end of the log that goes into an error message. */
const LOG_TAIL_CHARS = 2_000;

/**
 * Enough for the pools of several services and of the tests; each connection costs a few MB when
 * used.
 */
const CONNECTIONS_MAX = 200;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: String(CONNECTIONS_MAX),
  // The defaults, set explicitly: a payout whose intent was lost could be paid twice.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Above client errors: the service gets those anyway, and their details quote rows.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  // The path of a socket may not exceed 107 bytes, and the path of a data folder may.
  unix_socket_directories: '',
};

/** Settings by the names that PostgreSQL gives them. */
export type ServerSettings = Readonly<Record<string, string>>;

/**
 * Starts the server on a free port and returns immediately. It runs in a process group of its own:
 * Ctrl-C ends the group of the service, and the service still needs its database while it drains. A
 * process with the number `stalePid` does not count as a server of this cluster.
 */
export async function launchServer(
  cluster: Cluster,
  programs: Programs,
  { stalePid, settings }: { stalePid: number | null; settings: ServerSettings },
): Promise<ChildProcess> {
  const all = { ...SETTINGS, port: String(await freePort()), ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await openLog(cluster);
  try {
    const child = spawn(
      programPath(programs, 'postgres'),
      ['-D', clusterData(cluster.folder), ...args],
      {
        ...cluster.account,
        cwd: cluster.folder,
        // PostgreSQL refuses to start while a process with the number in its lock file lives,
        // unless that process is its own grandparent. PostgreSQL also checks the shared memory of a
        // living server; that check stays.
        env: { ...PROGRAM_ENVIRONMENT, ...(stalePid && { PG_GRANDPARENT_PID: String(stalePid) }) },
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
        windowsHide: true,
      },
    );
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** Stops the server of a cluster, if one runs, and returns when it has released the cluster. */
export async function stopServer(cluster: Cluster, programs: Programs): Promise<void> {
  for (const [mode, seconds] of [
    ['fast', FAST_STOP_SECONDS],
    ['immediate', IMMEDIATE_STOP_SECONDS],
  ] as const) {
    if ((await findPostmaster(cluster)).kind === 'none') return;
    await runProgram(
      programs,
      'pg_ctl',
      ['stop', `--pgdata=${clusterData(cluster.folder)}`, `--mode=${mode}`, `--timeout=${seconds}`],
      { folder: cluster.folder, timeoutMs: seconds * 1000 + PG_CTL_MARGIN_MS },
    );
  }
  const left = await findPostmaster(cluster);
  if (left.kind !== 'none') throw new Error(`PostgreSQL (process ${left.pid}) does not stop`);
}

/** The last lines of the server's log, for an error message. */
export async function logTail(cluster: Cluster): Promise<string> {
  return (await readFile(clusterLogFile(cluster.folder), 'utf8')).slice(-LOG_TAIL_CHARS).trim();
}

/**
 * The log is emptied at each start, which bounds it, and appended to, so that a second starting
 * server leaves no gap.
 */
async function openLog(cluster: Cluster) {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  // The user of the server owns the folder: as root we must not follow a link of that user. Windows
  // has no such flag.
  const flags = O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0);
  const log = await open(clusterLogFile(cluster.folder), flags, 0o600);
  await log.truncate();
  if (cluster.account) await log.chown(cluster.account.uid, cluster.account.gid);
  return log;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || !address) throw new Error('the system gave no free port');
  return address.port;
}
