/**
 * Temporary folders with an embedded server in them, for tests: made where the server's user can
 * enter, and removed together with whatever still runs or lies elsewhere because of them.
 */

import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCluster } from '../../src/dev/embedded-postgres/cluster.ts';
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/dev/embedded-postgres/embedded-postgres.ts';

const PREFIX = 'payout-service-test-';

/** No test run lasts a day, so an older folder was left by one that was killed. */
const LEFTOVER_AGE_MS = 24 * 3600_000;

/** Makes an empty folder that every user may enter. */
export async function makeServerFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await chmod(folder, 0o755);
  return folder;
}

/** Stops the server of `dataDir`, if one runs, and removes its files and the folder. */
export async function removeServerFolder(dataDir: string): Promise<void> {
  if (await findEmbeddedPostgres(dataDir)) {
    const server = await startEmbeddedPostgres({ dataDir, log: () => {} });
    await server.stop();
  }
  const cluster = await findCluster(dataDir);
  if (cluster) await rm(dirname(cluster.folder), { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** Removes the folders of test runs that were killed before they could. */
export async function sweepServerFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    // Another run may remove its own folder between the two calls.
    const made = await stat(folder).catch(() => null);
    const isOurs = made !== null && made.uid === (process.getuid?.() ?? made.uid);
    if (isOurs && Date.now() - made.mtimeMs > LEFTOVER_AGE_MS) await removeServerFolder(folder);
  }
}
