/**
 * Time that a test moves by hand; wall clock and monotonic clock move together.
 */

import type { Clock } from '../../src/lib/clock.ts';

export type ManualClock = Clock & {
  advance(ms: number): void;
  /** Moves on to this moment; time never goes back. */
  advanceTo(at: number): void;
};

/** Starts now, because replies of the simulated gateway carry the real date. */
export function createManualClock(start: number = Date.now()): ManualClock {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now - start,
    advance: (ms) => {
      now += ms;
    },
    advanceTo: (at) => {
      now = Math.max(now, at);
    },
  };
}
