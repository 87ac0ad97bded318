/**
 * A planted bug: one guard of the service taken away. Guards that overlap are taken away together,
 * since each alone still holds. `plant.ts` decides where the guarded text ends.
 */

/**
 * Replaces the statement, property or operand after the line `// guard: NAME` in the source, or the
 * balanced SQL lines after `-- guard: NAME`. A function receives the guarded text.
 */
export type Change = {
  guard: string;
  replace: string | ((guarded: string) => string);
  /** Import lines that the replacement needs, relative to the changed file. */
  imports?: string;
};

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

/** Continues with `result` immediately; the guarded text runs in the background, and may fail. */
export const afterwards =
  (result: string): ((guarded: string) => string) =>
  (guarded) =>
    `${result}
  void (async () => {
${guarded}
  })().catch(() => undefined);`;
