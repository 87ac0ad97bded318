/**
 * Every planted bug of the command.
 */

import { bookMutants } from './books.ts';
import { factMutants } from './facts.ts';
import { moneyMutants } from './money.ts';
import type { Mutant } from './mutant.ts';
import { worldMutants } from './world.ts';

export const mutants: readonly Mutant[] = [
  ...moneyMutants,
  ...factMutants,
  ...bookMutants,
  ...worldMutants,
];
