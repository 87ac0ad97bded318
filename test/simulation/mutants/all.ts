/**
 * Every planted bug of the command `npm run simulate -- --mutants`.
 */

import { bookMutants } from './books.ts';
import { factMutants } from './facts.ts';
import { moneyMutants } from './money.ts';
import type { Mutant } from './mutant.ts';
import { worldMutants } from './world.ts';

/** All planted bugs; the command searches seeds for those that have none. */
export const mutants: readonly Mutant[] = [
  ...moneyMutants,
  ...factMutants,
  ...bookMutants,
  ...worldMutants,
];

/**
 * The planted bugs that a known seed catches: the tests require that the simulation catches them.
 */
export const caughtMutants = mutants.filter(({ seed }) => seed !== null);
