/**
 * Where the data of the embedded server is and who owns it: in the data folder, or in a shared
 * folder when the user of the server cannot enter that one. This file must not delete anything: a
 * cluster contains payouts.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, canEnter, isRoot, unprivilegedAccount } from './account.ts';
import { makeSharedFolder, SHARED_FOLDER } from './programs.ts';
import { exists } from './whole-folder.ts';

/** `account` is the owner when that is another user than ours. */
export type Cluster = { folder: string; account: Account | null };

export const DATABASE = 'payouts';
export const SUPERUSER = 'payouts';

/** PostgreSQL's own folder in `folder`. */
export const clusterData = (folder: string) => join(folder, 'data');
export const clusterPasswordFile = (folder: string) => join(folder, 'password');
export const clusterLogFile = (folder: string) => join(folder, 'server.log');

/** The cluster that belongs to `dataDir`, or null when none was created yet. */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  if (!(await exists(dataDir))) return null;
  for (const parent of await possibleParents(dataDir)) {
    const folder = clusterIn(parent);
    const data = clusterData(folder);
    // A cluster gets its final name when it is finished, so its first file proves that it is
    // complete.
    if (!(await exists(join(data, 'PG_VERSION')))) continue;
    if (!isRoot()) return { folder, account: null };
    const { uid, gid } = await stat(data);
    const account = { uid, gid };
    // An empty cluster in another place would look as if every payout were lost.
    if (await canEnter(folder, account)) return { folder, account };
    throw new Error(`user ${uid}, who owns the database in ${folder}, can no longer enter it`);
  }
  return null;
}

/** The place and the owner of a new cluster for `dataDir`. Creates the folder around it. */
export async function placeForCluster(dataDir: string): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true });
  const [own, shared] = await possibleParents(dataDir);
  if (!shared) return { folder: clusterIn(own), account: null };
  const account = await unprivilegedAccount();
  if (await canEnter(own, account)) return { folder: clusterIn(own), account };
  await makeSharedFolder(SHARED_FOLDER);
  await makeSharedFolder(shared);
  return { folder: clusterIn(shared), account };
}

/** The connection string for `database` on the server of a cluster that listens on `port`. */
export async function clusterUrl(
  cluster: Cluster,
  port: number,
  database: string,
): Promise<string> {
  const password = (await readFile(clusterPasswordFile(cluster.folder), 'utf8')).trim();
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

async function possibleParents(
  dataDir: string,
): Promise<[own: string] | [own: string, shared: string]> {
  const own = await realpath(dataDir);
  if (!isRoot()) return [own];
  const hash = createHash('sha256').update(own).digest('hex').slice(0, 16);
  return [own, join(SHARED_FOLDER, hash)];
}

function clusterIn(parent: string): string {
  return join(parent, 'postgres');
}
