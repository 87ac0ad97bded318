/**
 * A list that keeps the newest entries and counts the ones it dropped, so that a simulator that
 * runs for days does not grow for ever and a reader can still tell that something is missing.
 */

export interface BoundedLog<Entry> {
  add(entry: Entry): void;
  /** The kept entries, oldest first. */
  entries(): readonly Entry[];
  /** How many older entries are gone. */
  dropped(): number;
}

export function createBoundedLog<Entry>(entriesMax: number): BoundedLog<Entry> {
  let kept: Entry[] = [];
  let added = 0;
  return {
    add(entry) {
      kept.push(entry);
      added += 1;
      // Cut at twice the limit: one copy in entriesMax additions instead of one for each.
      if (kept.length >= entriesMax * 2) kept = kept.slice(-entriesMax);
    },
    entries: () => kept.slice(-entriesMax),
    dropped: () => Math.max(0, added - entriesMax),
  };
}
