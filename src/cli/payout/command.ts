/**
 * The form of a command of `npm run payout`, and the errors with which it may end. Which error has
 * which exit code is decided in run.ts.
 */

import { userInfo } from 'node:os';
import type { AppContext } from '../../flow/context.ts';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';

export type Option = { type: 'string' | 'boolean'; about: string };

export type Input = {
  app: AppContext;
  /** The arguments after the command's name, without options. */
  operands: readonly string[];
  options: Readonly<Record<string, string | boolean | undefined>>;
  print: (line: string) => void;
};

export type Command = {
  summary: string;
  /** The operands by name, all of them required. */
  operands: readonly string[];
  options: Readonly<Record<string, Option>>;
  run(input: Input): Promise<void>;
};

/** The command line is wrong; nothing was done. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** The command could not be carried out; the message is for the operator. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The value of an option that takes text; null where the option is missing. */
export function textOf({ options }: Pick<Input, 'options'>, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** The value of a required option; throws where the option is missing. */
export function requiredText(input: Pick<Input, 'options'>, name: string): string {
  const value = textOf(input, name);
  if (value === null) throw new UsageProblem(`--${name} is required`);
  return value;
}

/** The name that is recorded with a command: the option's value, or the user of this machine. */
export const nameOption: Option = {
  type: 'string',
  about: 'the name of the operator; by default the user of this machine',
};

/** Null where the user has no name, as in a container that runs under a user number. */
function userOfMachine(): string | null {
  try {
    return userInfo().username;
  } catch {
    // The system has no entry for the user; the operator can give --name.
    return null;
  }
}

/** The name that is recorded with a command; throws where it is missing or invalid. */
export function operatorOf(input: Pick<Input, 'options'>): string {
  const name = textOf(input, 'name') ?? userOfMachine() ?? requiredText(input, 'name');
  parseInput(switchBodySchema, { name });
  return name;
}
