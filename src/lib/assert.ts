/**
 * Assertions for bugs: states that cannot be, whatever anybody sends. A failed one stops the work
 * at hand and leaves what is stored as it was. Never used for bad input or for what a gateway may
 * answer.
 */

/** A bug in this program, never a problem of a caller. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** Throws {@link AssertionFailed} with `message` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** Makes a forgotten member of a union a compile error, and a bug should one arrive at run time. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`not a case: ${JSON.stringify(value)}`);
}
