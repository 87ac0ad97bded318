/**
 * Stops one kind of work after many refusals in a row, and lets a single one through now and then
 * to see whether the cause is gone. It knows nothing of what is refused, or of what waits.
 */

import { backoff } from '../lib/backoff.ts';

export type Brake = {
  /**
   * Whether one may start now; a yes while the brake is on is the probe. `releasedAt` is when a
   * person last released everything that waits, on the wall clock.
   */
  mayStart(releasedAt: number): boolean;
  /** One that had started was taken, which ends the run of refusals, or was refused. */
  report(outcome: 'taken' | 'refused'): void;
};

/** Twenty invalid receivers in a row happen to nobody; a wrong setting refuses every one. */
const REFUSALS_MAX = 20;
/** Each probe that is refused costs one item, so they are rare. */
const PROBE_MIN_MS = 60_000;
const PROBE_MAX_MS = 1_800_000;

export function createBrake(
  clock: { now(): number; monotonic(): number },
  random: () => number,
): Brake {
  let refusals = 0;
  let brakedAt = 0;
  let probes = 0;
  let probeAt = 0;

  const planProbe = (): void => {
    probes += 1;
    probeAt = clock.monotonic() + backoff(probes, PROBE_MIN_MS, PROBE_MAX_MS, random());
  };

  return {
    mayStart: (releasedAt) => {
      if (refusals < REFUSALS_MAX) return true;
      if (releasedAt > brakedAt) {
        refusals = 0;
        return true;
      }
      if (clock.monotonic() < probeAt) return false;
      // Planned before this one has an answer, so that a probe that is lost is followed by another.
      planProbe();
      return true;
    },
    report: (outcome) => {
      if (outcome === 'taken') {
        refusals = 0;
        return;
      }
      refusals += 1;
      if (refusals !== REFUSALS_MAX) return;
      brakedAt = clock.now();
      probes = 0;
      planProbe();
    },
  };
}
