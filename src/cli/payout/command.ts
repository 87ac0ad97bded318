/**
 * What a command of `npm run payout` is, and the ways in which it ends other than well.
 */

import { userInfo } from 'node:os';
import type { Flow } from '../../flow/context.ts';

export type Option = { type: 'string' | 'boolean'; about: string };

export type Input = {
  flow: Flow;
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
export function textOf({ options }: Input, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** The value of an option without which the command makes no sense. */
export function requiredText(input: Input, name: string): string {
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

/** The name that is recorded with what is done, as it was typed. */
export const operatorOf = (input: Input): string => textOf(input, 'name') ?? userInfo().username;
