/**
 * Assertions for bugs: states that no input can cause. A failed assertion stops the current work
 * and leaves the stored data as it was. Never used for bad input or for answers of the gateway.
 */

/** A bug in this program, never an error of a caller. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** Throws {@link AssertionFailed} with `message` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** Makes a forgotten member of a union a compile error, and a bug if one occurs at run time. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`not a case: ${JSON.stringify(value)}`);
}
