/**
 * Which operating-system user runs the embedded server. PostgreSQL refuses to run as root, so a
 * service started as root starts its server as an unprivileged user. This file must not create or
 * change a user.
 */

import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Account = { uid: number; gid: number };

/** The overflow user of Linux: it exists on every kernel, with or without a name. */
const LAST_RESORT: Account = { uid: 65534, gid: 65534 };

const PREFERRED_NAMES = ['postgres', 'nobody'];

/** True when the server needs another user than the one of this process. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The unprivileged user for a server started by root: `postgres` if there is one, else `nobody`.
 */
export async function unprivilegedAccount(): Promise<Account> {
  // Some minimal images have no such file; the last resort needs none.
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const name of PREFERRED_NAMES) {
    const [, , uid, gid] = entries.find((entry) => entry[0] === name) ?? [];
    if (uid && gid && uid !== '0') return { uid: Number(uid), gid: Number(gid) };
  }
  return LAST_RESORT;
}

/** Whether `account` may pass through every folder down to and including `folder`. */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  const { mode, uid, gid } = await stat(folder);
  // Only one of the three bits counts: the owner's bit decides for the owner even if all other
  // users may enter.
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || (await canEnter(parent, account));
}
