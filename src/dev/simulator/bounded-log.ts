/**
 * A list that keeps the newest entries and counts the dropped ones, so that a simulator that runs
 * for days does not grow indefinitely and a reader can still see that entries are missing.
 */

export interface BoundedLog<Entry> {
  add(entry: Entry): void;
  /** The kept entries, oldest first. */
  entries(): readonly Entry[];
  /** The number of dropped older entries. */
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
