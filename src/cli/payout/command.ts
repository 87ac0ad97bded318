/**
 * What a command of `npm run payout` is, and the ways in which it ends other than well.
 */

import { userInfo } from 'node:os';
import type { AppContext } from '../../flow/context.ts';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';

export type Option = { type: 'string' | 'boolean'; about: string };

export type Input = {
  app: AppContext;
  /** What stands behind the command's name, without options. */
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

/** The command could not be carried out; the message is for whoever typed it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The value of an option that takes text; null where it was left out. */
export function textOf({ options }: Pick<Input, 'options'>, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** The value of an option without which the command makes no sense. */
export function requiredText(input: Pick<Input, 'options'>, name: string): string {
  const value = textOf(input, name);
  if (value === null) throw new UsageProblem(`--${name} is required`);
  return value;
}

/**
 * In whose name a command acts: who is given, or the user of this machine.
 */
export const nameOption: Option = {
  type: 'string',
  about: 'who does it; the user of this machine where it is left out',
};

/** Null in a container, say, that runs under a number without a name. */
function userOfMachine(): string | null {
  try {
    return userInfo().username;
  } catch {
    // The system has no entry for the user; whoever types the command can say a name.
    return null;
  }
}

/** The name that is recorded with what is done, as it was typed; throws where it is none. */
export function operatorOf(input: Pick<Input, 'options'>): string {
  const name = textOf(input, 'name') ?? userOfMachine() ?? requiredText(input, 'name');
  parseInput(switchBodySchema, { name });
  return name;
}
