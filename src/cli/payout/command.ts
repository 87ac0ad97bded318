/**
 * The form of a command of `npm run payout`, and the errors with which it may end. Which error has
 * which exit code is decided in run.ts.
 */

import { userInfo } from 'node:os';
import type { LoadedConfig } from '../../config/config.ts';
import { type Actor, COMMAND_LINE } from '../../flow/actor.ts';
import type { AppContext } from '../../flow/context.ts';
import { redeliverBodySchema, startOf, switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import type { RedeliveryStart } from '../../store/notifications/notifications.ts';

export type Option = { type: 'string' | 'boolean'; about: string };

export type Input = {
  app: AppContext;
  /** The arguments after the command's name, without options. */
  operands: readonly string[];
  options: Readonly<Record<string, string | boolean | undefined>>;
  print: (line: string) => void;
};

type CommandForm = {
  summary: string;
  /** The operands by name, all of them required. */
  operands: readonly string[];
  options: Readonly<Record<string, Option>>;
};

export type Command = CommandForm & {
  /** It may end payouts, so it starts once every replica has had the time to miss commits. */
  endsPayouts?: true;
  run(input: Input): Promise<void>;
};

/** A command that also works where the configuration or the database does not. */
export type BareCommand = CommandForm & {
  runBare(loaded: LoadedConfig, print: Input['print']): Promise<void>;
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

/** Who is recorded with a command; throws where the name is missing or invalid. */
export function operatorOf(input: Pick<Input, 'options'>): Actor {
  const name = textOf(input, 'name') ?? userOfMachine() ?? requiredText(input, 'name');
  return namedOperator(name);
}

/** The operator of a command that has to be told the name. */
export const namedOperatorOf = (input: Pick<Input, 'options'>): Actor =>
  namedOperator(requiredText(input, 'name'));

function namedOperator(name: string): Actor {
  parseInput(switchBodySchema, { name });
  return { by: name, key: COMMAND_LINE };
}

/** Where a redelivery begins; by default at the first notification that is not acknowledged. */
export const startOptions = {
  'from-letter': {
    type: 'string',
    about: 'begin at the first notification with this letter, acknowledged or not',
  },
  'from-time': {
    type: 'string',
    about: 'begin at the first notification of this time or later, acknowledged or not',
  },
} as const satisfies Record<string, Option>;

/** The start that was typed; null for the default. Throws where it is invalid. */
export function startTyped(input: Pick<Input, 'options'>): RedeliveryStart | null {
  const from_letter = textOf(input, 'from-letter') ?? undefined;
  const from_time = textOf(input, 'from-time') ?? undefined;
  return startOf(parseInput(redeliverBodySchema, { from_letter, from_time }));
}
