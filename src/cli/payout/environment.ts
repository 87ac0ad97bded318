/**
 * Decides which environment the commands read: a named file, the process's own, or the file that a
 * sandbox leaves in its data folder. What the variables mean is decided in config/variables.ts.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../config/sources.ts';
import { SANDBOX_ENV_FILE } from '../../dev/sandbox/env-file.ts';
import { UsageProblem } from './command.ts';

const DEFAULT_DATA_DIR = './data';

/** Reads only the file: a mix of two installations' variables would describe a third one. */
function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    // Only the system's code is printed: the message might quote the file.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UsageProblem(`--env-file: ${path} cannot be read${code}`);
  }
}

/**
 * The variables of `envFile` where it is given; else those of the process, or those of a sandbox
 * where the process has no gateway variable.
 */
export function findEnvironment(env: Environment, envFile: string | null): Environment {
  if (envFile !== null) return readEnvFile(envFile);
  const isConfigured = Object.keys(env).some((name) => name.startsWith('PAYNETEASY_'));
  const sandboxFile = join(env['DATA_DIR'] ?? DEFAULT_DATA_DIR, SANDBOX_ENV_FILE);
  return !isConfigured && existsSync(sandboxFile) ? readEnvFile(sandboxFile) : env;
}
