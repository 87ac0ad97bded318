/**
 * Which environment the commands read: a file that is named, the process's own, or the one that a
 * sandbox leaves in its data folder.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../config/sources.ts';
import { SANDBOX_ENV_FILE } from '../../dev/sandbox/env-file.ts';
import { UsageProblem } from './command.ts';

const DEFAULT_DATA_DIR = './data';

/** Only what is in the file: half of one installation and half of another would be a third one. */
function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    // Only the system's code is told: a message might quote what was read.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UsageProblem(`--env-file: ${path} cannot be read${code}`);
  }
}

/**
 * `envFile` where it is named; else the process's variables, or a sandbox's where it has none of
 * ours.
 */
export function findEnvironment(env: Environment, envFile: string | null): Environment {
  if (envFile !== null) return readEnvFile(envFile);
  const isConfigured = Object.keys(env).some((name) => name.startsWith('PAYNETEASY_'));
  const sandboxFile = join(env['DATA_DIR'] ?? DEFAULT_DATA_DIR, SANDBOX_ENV_FILE);
  return !isConfigured && existsSync(sandboxFile) ? readEnvFile(sandboxFile) : env;
}
