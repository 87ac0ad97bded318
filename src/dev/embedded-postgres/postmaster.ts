/**
 * Finds out whether the server of a cluster is alive and answers, from its postmaster.pid and by a
 * query. It must not start, stop or signal anything: `server.ts` does.
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
  /**
   * No server runs on the cluster; `stalePid` is the number that the file of a dead server still
   * contains.
   */
  | { kind: 'none'; stalePid: number | null }
  /** A server has the cluster and does not answer: it is starting, recovering or stopping. */
  | { kind: 'busy'; pid: number; reason: string }
  | { kind: 'ready'; pid: number; port: number };

/** Examines the server once. Rejects only when the files of the cluster cannot be read. */
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
    // This query stores nothing: a server that the service must not use is alive all the same.
    const served = await withConnection(url, showFolder, { durable: false });
    // The folder is a copy of one with a running server: the file was copied too, and names that
    // server.
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
 * After a restart of the machine or container another program may have this number. The name of the
 * process decides; a dead process that its parent has not reaped (state Z) does not count as alive.
 */
async function mayBePostmaster(pid: number): Promise<boolean> {
  if (process.platform === 'win32') return isAlive(pid);
  if (process.platform === 'linux') {
    // This does not use ps, which small images lack. The file is gone as soon as the process is.
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
    // There is no such process, or it belongs to another user, who could not have opened the
    // cluster.
    return false;
  }
}
