/**
 * Writes the environment of a sandbox's service to a file in its data folder, so that commands on
 * the same machine find the values that the running sandbox generated. Its secrets are worthless
 * anywhere else.
 */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SANDBOX_ENV_FILE = 'sandbox.env';

/**
 * Single quotes keep the text unchanged; line ends of a PEM are written in the form that the
 * configuration reads.
 */
const quoted = (value: string): string => `'${value.replaceAll('\n', '\\n')}'`;

/** Writes the variables, readable by their owner only; replaces those of the previous start. */
export function writeEnvFile(dataDir: string, env: Readonly<Record<string, string>>): void {
  const path = join(dataDir, SANDBOX_ENV_FILE);
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  // The mode above applies only to a new file.
  chmodSync(path, 0o600);
}
