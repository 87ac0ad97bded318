/**
 * Calls per second: a token bucket that fills evenly and holds the calls of one second. It never
 * waits; the limiter checks `allowed` before it admits work.
 */

export type Rate = {
  /** Calls that may be made now; negative if more were made than allowed. */
  allowed(): number;
  /** Milliseconds until a call is allowed; 0 if one is allowed now. */
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
