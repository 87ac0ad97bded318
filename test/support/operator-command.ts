/**
 * `npm run payout -- …` as a process of its own, with the environment of a service.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A command takes a second, one that polls the gateway a little more. */
const ENDS_WITHIN_MS = 60_000;

export type CommandResult = { exitCode: number; output: string };

/** Runs one command to its end; its exit code and everything it printed. */
export function runOperatorCommand(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  const options = { cwd: ROOT, env: { ...environment }, timeout: ENDS_WITHIN_MS };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['src/cli/payout.ts', ...args], options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (!error) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else reject(new Error(`${args.join(' ')} did not end: ${output}`, { cause: error }));
    });
  });
}
