/**
 * A share of the slots for one kind of work, kept while any of it is due. It knows nothing of the
 * work: how much of it was taken is told.
 */

export type Share = {
  /** How many of so many slots the kind gets first. What is left of a slot counts next time. */
  of(slots: number): number;
  /** So many pieces of the kind were taken, whether out of its share or beside it. */
  taken(count: number, wanted: number): void;
};

/** A share of one in `parts`: with one slot at a time, every `parts`-th goes to the kind. */
export function createShare(parts: number): Share {
  /** In slots times `parts`, so that no fraction is rounded. */
  let owed = 0;
  return {
    of: (slots) => {
      // A claim that failed was never told of, and is not made up for.
      owed = Math.min(owed, parts - 1) + slots;
      return Math.min(slots, Math.floor(owed / parts));
    },
    taken: (count, wanted) => {
      // Fewer than it might have: no more is due, and a share that nothing needs is not saved up.
      owed = count < wanted ? 0 : Math.max(0, owed - count * parts);
    },
  };
}
