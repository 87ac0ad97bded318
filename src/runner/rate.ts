/**
 * How many calls a second allows: a bucket that fills evenly and holds one second of them. It never
 * waits; whoever calls asks first.
 */

export type Rate = {
  /** Calls that may be made now; below zero where more were made than were allowed. */
  allowed(): number;
  /** In how many milliseconds a call is allowed; 0 where one is now. */
  opensInMs(): number;
  spend(): void;
};

export function createRate(perSecondMax: number, monotonic: () => number): Rate {
  let tokens = perSecondMax;
  let filledAt = monotonic();

  const refill = (): number => {
    const now = monotonic();
    tokens = Math.min(perSecondMax, tokens + ((now - filledAt) * perSecondMax) / 1000);
    filledAt = now;
    return tokens;
  };

  return {
    allowed: () => Math.floor(refill()),
    opensInMs: () => Math.max(0, ((1 - refill()) * 1000) / perSecondMax),
    spend: () => {
      tokens = refill() - 1;
    },
  };
}
