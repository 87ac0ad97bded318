/**
 * Makes a new cluster: random password, initdb, finished by a rename, so that a half-made one never
 * has the final name and is started over. It must not touch a cluster that exists.
 */

import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { type Cluster, clusterData, clusterPasswordFile, SUPERUSER } from './cluster.ts';
import { type Programs, runProgram } from './programs.ts';
import { makeWhole } from './whole-folder.ts';

/** initdb takes 0.8 s here; a slow laptop disk has been seen to need ten. */
const INITDB_TIMEOUT_MS = 60_000;

/** Creates `cluster`, unless another process does so at the same time: then theirs counts. */
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
