/**
 * Every planted bug of the command.
 */

import { bookMutants } from './books.ts';
import { factMutants } from './facts.ts';
import { moneyMutants } from './money.ts';
import type { Mutant } from './mutant.ts';
import { worldMutants } from './world.ts';

/** All that can be planted; the command hunts for seeds of those that have none. */
export const mutants: readonly Mutant[] = [
  ...moneyMutants,
  ...factMutants,
  ...bookMutants,
  ...worldMutants,
];

/** Those that a known seed catches: what the tests hold the simulation to. */
export const caughtMutants = mutants.filter(({ seed }) => seed !== null);
