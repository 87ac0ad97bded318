/**
 * One read for all that ask for it while it runs. How old a value may be is decided by its users,
 * notifying.ts and schema-refusal.ts.
 */

/** `read`, shared by the calls that arrive before it ends; a failure reaches each of them. */
export function sharedRead(read: () => Promise<void>): () => Promise<void> {
  let reading: Promise<void> | null = null;
  return () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
}
