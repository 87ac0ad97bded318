/**
 * Folders that exist completely or not at all, even if a process is killed while it makes one or
 * several processes make one at the same time. It must not delete or change a folder that already
 * has its final name.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Filling takes a second and is ended after one minute, so no process still works on an older
 * draft.
 */
const DRAFT_AGE_MAX_MS = 10 * 60_000;

/** The codes of operating systems for a rename whose target exists and is not empty. */
const TAKEN_CODES = ['ENOTEMPTY', 'EEXIST', 'EPERM'];

/**
 * Lets `fill` build the folder under a draft name next to `target`, then renames it to `target`.
 * When another process was faster, its folder stays and ours is removed. Drafts of killed processes
 * are deleted.
 */
export async function makeWhole(
  target: string,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${target}.draft-${randomBytes(6).toString('hex')}`;
  await mkdir(draft, { mode: 0o700 });
  try {
    await sweepDrafts(target, draft);
    await fill(draft);
    await syncFolder(draft);
    await rename(draft, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
    if (!(isTaken(error) && (await exists(target)))) throw error;
  }
}

/**
 * Whether there is anything at `path`. Throws when that cannot be determined, such as for missing
 * rights.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isCode(error, ['ENOENT', 'ENOTDIR'])) return false;
    throw error;
  }
}

async function sweepDrafts(target: string, own: string): Promise<void> {
  // The time of the new draft is the clock: the same file system stamped the other drafts.
  const now = (await stat(own)).mtimeMs;
  const parent = dirname(target);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(target)}.draft-`)) continue;
    const draft = join(parent, name);
    if ((await exists(draft)) && now - (await stat(draft)).mtimeMs < DRAFT_AGE_MAX_MS) continue;
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes the entries of a folder survive a power failure. Windows neither needs nor allows it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isTaken(error: unknown): boolean {
  return isCode(error, TAKEN_CODES);
}

function isCode(error: unknown, codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
