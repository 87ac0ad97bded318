/**
 * In whose name a command acts: who is given, or the user of this machine.
 */

import { userInfo } from 'node:os';
import { type Input, type Option, textOf } from './command.ts';

export const nameOption: Option = {
  type: 'string',
  about: 'who does it; the user of this machine where it is left out',
};

/** The name that is recorded with what is done, as it was typed. */
export const operatorOf = (input: Input): string => textOf(input, 'name') ?? userInfo().username;
