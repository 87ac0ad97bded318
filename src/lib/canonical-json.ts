/**
 * One text for one JSON value, whatever order its names came in, so that equal requests have equal
 * fingerprints.
 */

/** The value as JSON with the names of every object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
