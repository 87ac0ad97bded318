/**
 * The environment of a sandbox's service as a file in its data folder, so that commands on the same
 * machine find what the running sandbox made up. Holds secrets that are worth nothing anywhere
 * else.
 */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SANDBOX_ENV_FILE = 'sandbox.env';

/**
 * Single quotes keep everything as it is; line ends of a PEM are written as the configuration reads
 * them.
 */
const quoted = (value: string): string => `'${value.replaceAll('\n', '\\n')}'`;

/** Writes the variables, readable by their owner only; replaces those of the start before. */
export function writeEnvFile(dataDir: string, env: Readonly<Record<string, string>>): void {
  const path = join(dataDir, SANDBOX_ENV_FILE);
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  // The mode above counts only for a file that was not there.
  chmodSync(path, 0o600);
}
