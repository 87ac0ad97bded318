/**
 * Folders that exist whole or not at all, whoever is killed while making them and however many make
 * them at once. It must not delete or change a folder that already has its final name.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Filling takes a second and is given up after one minute, so an older draft belongs to nobody. */
const DRAFT_AGE_MAX_MS = 10 * 60_000;

/** How the systems say that the target of a rename exists and is not empty. */
const TAKEN_CODES = ['ENOTEMPTY', 'EEXIST', 'EPERM'];

/**
 * Has `fill` build the folder under a draft name beside `target`, then renames it to `target`. When
 * somebody else was faster, theirs stays and ours is removed. Drafts of killed processes are swept.
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
 * Whether there is anything at `path`. Throws when that cannot be told, such as for missing rights.
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
  // The new draft's own time is the clock: the same one that stamped the others.
  const now = (await stat(own)).mtimeMs;
  const parent = dirname(target);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(target)}.draft-`)) continue;
    const draft = join(parent, name);
    if ((await exists(draft)) && now - (await stat(draft)).mtimeMs < DRAFT_AGE_MAX_MS) continue;
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes a folder's entries survive a power cut. Windows neither needs nor allows it. */
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
