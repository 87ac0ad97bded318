/**
 * In whose name a command acts: who is given, or the user of this machine.
 */

import { userInfo } from 'node:os';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import { type Input, type Option, requiredText, textOf } from './command.ts';

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
