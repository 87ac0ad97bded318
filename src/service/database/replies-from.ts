/**
 * From when on a reply of the gateway counts for payment. A lost connection may mean a database
 * that came back without its last commits, and a reply from before it was judged by a row that may
 * be another one now. Whether history is missing is found out elsewhere; this only draws the line.
 */

export type RepliesFrom = {
  /**
   * Database time of the first statement that succeeded after the last loss: replies requested
   * earlier are not paid on. 0 where nothing was lost yet, infinite until a statement succeeds.
   */
  at(): number;
  /** A statement succeeded that was begun when so many connections had been lost. */
  confirm(lossesWhenBegun: number): void;
};

export type RepliesFromDeps = {
  /** How many connections were lost so far. */
  losses: () => number;
  /** Database time in whole milliseconds. */
  now: () => number;
};

export function createRepliesFrom({ losses, now }: RepliesFromDeps): RepliesFrom {
  let confirmed = 0;
  let from = 0;
  return {
    at: () => (losses() === confirmed ? from : Number.POSITIVE_INFINITY),
    confirm: (lossesWhenBegun) => {
      if (lossesWhenBegun <= confirmed) return;
      confirmed = lossesWhenBegun;
      // A request of the very same millisecond may have been before it.
      from = Math.max(from, now() + 1);
    },
  };
}
