/**
 * Finds out whether a cluster's server lives and answers, from its postmaster.pid and by asking it.
 * It must not start, stop or signal anything.
 */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { withConnection } from '../../store/database/with-connection.ts';
import { type Cluster, clusterData, clusterUrl } from './cluster.ts';

const run = promisify(execFile);

/** ps answers in milliseconds. */
const PS_TIMEOUT_MS = 5_000;

export type Postmaster =
  /** Nobody serves the cluster; `stalePid` is what a dead server's file still names. */
  | { kind: 'none'; stalePid: number | null }
  /** A server holds the cluster and does not answer: starting, recovering or stopping. */
  | { kind: 'busy'; pid: number; reason: string }
  | { kind: 'ready'; pid: number; port: number };

/** Looks once. Rejects only when the cluster's files cannot be read. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster> {
  const data = clusterData(cluster.folder);
  const file = await readPidFile(data);
  if (!file) return { kind: 'none', stalePid: null };
  const { pid, port } = file;
  if (!(await mayBePostmaster(pid))) return { kind: 'none', stalePid: pid };
  if (!port) return { kind: 'busy', pid, reason: 'it has not chosen its port yet' };
  const url = await clusterUrl(cluster, port, 'postgres');
  try {
    const showFolder = async (client: Client): Promise<string> => {
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      return rows[0]?.data_directory ?? '';
    };
    // Nothing is stored: a server that may not be used lives all the same.
    const served = await withConnection(url, showFolder, { durable: false });
    // The folder was copied from one whose server runs: the file came along and names that server.
    if (resolve(served) !== data) return { kind: 'none', stalePid: pid };
    return { kind: 'ready', pid, port };
  } catch (error) {
    return { kind: 'busy', pid, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Lines of postmaster.pid: process id, data folder, start time, port, and more we do not need. */
async function readPidFile(data: string): Promise<{ pid: number; port: number } | null> {
  try {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    return pid > 0 ? { pid, port: Number(lines[3] ?? 0) } : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * After a restart of the machine or container another program may have the number. The name tells;
 * a dead process that nobody has reaped (state Z) does not count as living.
 */
async function mayBePostmaster(pid: number): Promise<boolean> {
  if (process.platform === 'win32') return isAlive(pid);
  if (process.platform === 'linux') {
    // Not ps, which small images lack. The file is gone as soon as the process is.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return /^\d+ \(postgres\) [^ZX]/.test(stat);
  }
  // ps ends with 1 when there is no such process.
  const ps = run('ps', ['-o', 'state=,comm=', '-p', String(pid)], { timeout: PS_TIMEOUT_MS });
  const { stdout } = await ps.catch(() => ({ stdout: '' }));
  return /^[^Z]\S*\s.*postgres/.test(stdout.trim());
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process, or one of another user, which could not have opened the cluster.
    return false;
  }
}
