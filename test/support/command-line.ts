/**
 * `npm run payout` inside the test's own process, on the database of a running service. As a
 * process of its own it is in operator-command.ts.
 */

import { runPayoutCommand } from '../../src/cli/payout/run.ts';
import { sandboxEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import type { RunningService } from './running-service.ts';
import { makeServerFolder, removeServerFolder } from './server-folder.ts';

export type Ran = { code: number; out: string; err: string };

/** Runs one command to its end; its exit code and what it printed. */
export async function runCommand(
  args: readonly string[],
  variables: Record<string, string>,
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runPayoutCommand(args, variables, {
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

export type CommandLine = {
  /** The variables of the service. */
  env: Record<string, string>;
  /** Its data folder, without an embedded database. */
  folder: string;
  /** Runs one command to its end; with the variables of the service unless others are given. */
  run(args: readonly string[], variables?: Record<string, string>): Promise<Ran>;
  close(): Promise<void>;
};

export async function openCommandLine(service: RunningService): Promise<CommandLine> {
  const folder = await makeServerFolder();
  const env = {
    ...sandboxEnvironment(service.secrets, service.simulatorUrl, 8080, folder),
    DATABASE_URL: service.database.connectionString,
  };
  return {
    env,
    folder,
    run: (args, variables = env) => runCommand(args, variables),
    close: () => removeServerFolder(folder),
  };
}
