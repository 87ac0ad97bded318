/**
 * Creates a new cluster with a random password by initdb. A rename finishes it, so that an
 * incomplete one never has the final name and is created again. It must not change an existing
 * cluster.
 */

import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { type Cluster, clusterData, clusterPasswordFile, SUPERUSER } from './cluster.ts';
import { type Programs, runProgram } from './programs.ts';
import { makeWhole } from './whole-folder.ts';

/** initdb takes 0.8 s here; on a slow laptop disk it has taken ten. */
const INITDB_TIMEOUT_MS = 60_000;

/**
 * Creates `cluster`, unless another process does so at the same time: then the other one's cluster
 * counts.
 */
export async function initialise(cluster: Cluster, programs: Programs): Promise<void> {
  await makeWhole(cluster.folder, async (draft) => {
    const password = clusterPasswordFile(draft);
    const data = clusterData(draft);
    await writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
    await mkdir(data, { mode: 0o700 });
    if (cluster.account) {
      const { uid, gid } = cluster.account;
      for (const path of [draft, password, data]) await chown(path, uid, gid);
    }
    const { exitCode, output } = await runProgram(
      programs,
      'initdb',
      [
        `--pgdata=${data}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${password}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
      ],
      { folder: draft, timeoutMs: INITDB_TIMEOUT_MS },
    );
    if (exitCode !== 0) throw new Error(`initdb ended with ${exitCode}: ${output}`);
  });
}
