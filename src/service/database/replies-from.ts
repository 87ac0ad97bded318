/**
 * The time from which replies of the gateway count for payment. After a lost connection the
 * database may have come back without its last commits, and an earlier reply was judged by a row
 * that may differ now. Whether history is missing is decided by `history.ts`; this file only owns
 * the time.
 */

export type RepliesFrom = {
  /**
   * Database time of the first statement that succeeded after the last loss: replies requested
   * earlier allow no payment. 0 before the first loss, infinite until a statement succeeds.
   */
  at(): number;
  /** A statement succeeded that began after this many losses. */
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
      // A request of the same millisecond may have been sent before it.
      from = Math.max(from, now() + 1);
    },
  };
}
