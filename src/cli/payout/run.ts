/**
 * Runs one command of `npm run payout`: reads the command line, opens a session, runs the command
 * and prints how it ended. Exit code 0 is done, 1 refused or failed, 2 a wrong command line or
 * configuration. What a command does is decided in its own file, what it runs on in session.ts.
 */

import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/sources.ts';
import { recordRefusal } from '../../flow/actor.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { visible } from '../../lib/text/visible.ts';
import { attentionFacts } from '../../payout/model/attention-facts.ts';
import { accessProblem } from '../../store/database/access-problem.ts';
import { isUnreachable } from '../../store/database/pool.ts';
import { DatabaseUnfit } from '../../store/database/session.ts';
import { InstallationMismatch } from '../../store/history/installation.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
import { NewerRow, UnreadableRow } from '../../store/payouts/rows.ts';
import {
  acknowledgeCommand,
  deauthorizeCommand,
  dueCommand,
  redeliverCommand,
  releaseCheckCommand,
  resolveCommand,
} from './actions.ts';
import { afterRestoreCommand } from './after-restore.ts';
import { bulkCommand } from './bulk.ts';
import {
  type BareCommand,
  type Command,
  CommandFailed,
  type Input,
  type Option,
  operatorOf,
  UsageProblem,
} from './command.ts';
import { doctorCommand } from './doctor.ts';
import { endpointContinueCommand, endpointListCommand } from './endpoint.ts';
import { findEnvironment } from './environment.ts';
import { commandHelp, overview } from './help.ts';
import { listCommand } from './list.ts';
import { pauseCommand, resumeCommand } from './pause.ts';
import { rowKeyBackfillCommand } from './row-key.ts';
import { openSession } from './session.ts';
import { showCommand } from './show.ts';

export type Output = { print: (line: string) => void; complain: (line: string) => void };

const commands: Readonly<Record<string, Command | BareCommand>> = {
  doctor: doctorCommand,
  show: showCommand,
  list: listCommand,
  due: dueCommand,
  resolve: resolveCommand,
  deauthorize: deauthorizeCommand,
  'release-check': releaseCheckCommand,
  acknowledge: acknowledgeCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  redeliver: redeliverCommand,
  bulk: bulkCommand,
  'after-restore': afterRestoreCommand,
  'endpoint list': endpointListCommand,
  'endpoint continue': endpointContinueCommand,
  'row-key backfill': rowKeyBackfillCommand,
};

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** The options that every command takes. */
const commonOptions: Readonly<Record<string, Option>> = {
  'env-file': { type: 'string', about: 'read the variables of the service from this file' },
  help: { type: 'boolean', about: 'show how the command is used' },
};

type ParsedLine = Pick<ReturnType<typeof parseArgs>, 'values' | 'positionals'>;

function parseStrictly(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    const rules = { allowPositionals: true, strict: true, tokens: true } as const;
    return parseArgs({ args: [...args], options, ...rules });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageProblem(error.message, { cause: error });
    throw error;
  }
}

function parseLine(args: readonly string[], command: Command | BareCommand): ParsedLine {
  const known = { ...command.options, ...commonOptions };
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(known).map(([name, { type }]) => [name, { type }]),
  );
  const parsed = parseStrictly(args, options);
  const given = parsed.tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = given.find((name, index) => given.indexOf(name) < index);
  // parseArgs would keep the last value and silently drop the first.
  if (twice !== undefined) throw new UsageProblem(`--${twice} is given twice`);
  return parsed;
}

/** The name of a command has one word or two. */
function readName(args: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  const two = args.slice(0, 2).join(' ');
  if (Object.hasOwn(commands, two) && args.length > 1) return { name: two, rest: args.slice(2) };
  return { name: args[0], rest: args.slice(1) };
}

/** A refusal that names its payout is recorded in the timeline of that payout. */
async function recordIfRefused(command: string, input: Input, error: unknown): Promise<void> {
  if (!(error instanceof RequestProblem) || error.facts.payoutId === undefined) return;
  const { payoutId } = error.facts;
  await recordRefusal(input.app, { payoutId, command, problem: error, ...operatorOf(input) });
}

async function carryOut(args: readonly string[], env: Environment, output: Output): Promise<void> {
  const { print, complain } = output;
  const { name, rest } = readName(args);
  // `help show` is `show --help`.
  if (name === 'help' && rest.length > 0) return carryOut([...rest, '--help'], env, output);
  if (name === undefined || name === '--help' || name === 'help') {
    for (const line of overview(commands)) print(line);
    if (name === undefined) throw new UsageProblem('a command is missing');
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageProblem(`${name} is not a command`);
  const { values, positionals } = parseLine(rest, command);
  if (values['help'] === true) {
    const options = { ...command.options, ...commonOptions };
    for (const line of commandHelp(name, { ...command, options })) print(line);
    return;
  }
  if (positionals.length !== command.operands.length) {
    const wanted = command.operands.map((operand) => `<${operand}>`).join(' ');
    throw new UsageProblem(`${name} takes ${wanted === '' ? 'no operand' : wanted}`);
  }
  const options: Record<string, string | boolean | undefined> = {};
  for (const [key, value] of Object.entries(values)) {
    if (!Array.isArray(value)) options[key] = value;
  }
  const envFile = typeof options['env-file'] === 'string' ? options['env-file'] : null;
  const loaded = loadConfig(findEnvironment(env, envFile), (path) => readFileSync(path, 'utf8'));
  if ('runBare' in command) return command.runBare(loaded, print);
  if (loaded.kind === 'problems') {
    throw new UsageProblem(`the configuration has problems:\n  ${loaded.problems.join('\n  ')}`);
  }
  const session = await openSession(loaded.config, complain);
  const input = { app: session.app, operands: positionals, options, print };
  try {
    if (command.endsPayouts === true) await session.settle();
    await command.run(input);
  } catch (error) {
    await recordIfRefused(name, input, error);
    throw error;
  } finally {
    await session.close();
  }
}

/** Errors whose message is for the operator. */
const FOR_OPERATORS = [
  CommandFailed,
  InstallationMismatch,
  DatabaseUnfit,
  UnreadableRow,
  RowKeyMissing,
];

/** Prints why a command failed and returns its exit code. Rethrows an unexpected error. */
function explain(error: unknown, complain: (line: string) => void): number {
  if (error instanceof UsageProblem) {
    for (const line of `payout: ${error.message}`.split('\n')) complain(line);
    complain('Try: npm run payout -- --help');
    return WRONG_USAGE;
  }
  if (error instanceof UnreadableRow) {
    complain(`payout: ${error.message}. ${attentionFacts.row_unreadable.action}`);
    return FAILED;
  }
  if (FOR_OPERATORS.some((kind) => error instanceof kind) && error instanceof Error) {
    complain(`payout: ${error.message}`);
    return FAILED;
  }
  if (error instanceof RequestProblem) {
    const { code, facts } = error;
    complain(`payout: ${code}${facts.detail === undefined ? '' : `: ${facts.detail}`}`);
    for (const { path, message } of facts.errors ?? [])
      complain(`  --${path.replaceAll('_', '-')} ${message}`);
    return code === 'VALIDATION_FAILED' ? WRONG_USAGE : FAILED;
  }
  if (error instanceof NewerRow) {
    complain(`payout: ${error.message}; use the program of that version.`);
    return FAILED;
  }
  const refusal = accessProblem(error);
  if (refusal !== null || isUnreachable(error)) {
    complain(`payout: ${refusal ?? 'the database cannot be reached.'}`);
    return FAILED;
  }
  throw error;
}

/** Runs the command that the arguments name, and returns the exit code. Prints one line a call. */
export async function runPayoutCommand(
  args: readonly string[],
  env: Environment,
  { print, complain }: Output,
): Promise<number> {
  const safely: Output = {
    print: (line) => print(visible(line)),
    complain: (line) => complain(visible(line)),
  };
  try {
    await carryOut(args, env, safely);
    return DONE;
  } catch (error) {
    return explain(error, safely.complain);
  }
}
