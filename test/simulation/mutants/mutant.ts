/**
 * A planted bug: one guard of the service taken away, by changes of single lines. Guards that
 * overlap are taken away together, since each alone still holds.
 */

export type Mutant = {
  name: string;
  /** The guard that is missing, in one sentence. */
  guard: string;
  /** The rules of SAFETY.md of which at least one has to be violated. */
  rules: readonly number[];
  changes: readonly { file: string; find: string; replace: string }[];
  /** A seed that is known to catch it; others are tried after it. */
  seed: number;
};
