/**
 * A planted bug: one guard of the service taken away. Guards that overlap are taken away together,
 * since each alone still holds.
 */

/**
 * Either what stands after the line `// guard: NAME` in the source is replaced, up to the end of
 * its statement; or a quoted line is, wherever it is.
 */
export type Change =
  | { guard: string; replace: string }
  | { file: string; find: string; replace: string };

export type Mutant = {
  name: string;
  /** The guard that is missing, in one sentence. */
  guard: string;
  /** The rules of SAFETY.md of which at least one has to be violated. */
  rules: readonly number[];
  changes: readonly Change[];
  /** A seed that is known to catch it; others are tried after it. Null: none is known yet. */
  seed: number | null;
};
