/**
 * The simplest capacity of a runner: so many items at the same time, whatever becomes of them.
 */

import type { Capacity } from './runner.ts';

export function createCapacity(inFlightMax: number): Capacity {
  let taken = 0;
  return {
    slots: () => inFlightMax - taken,
    opensAt: () => null,
    take: () => {
      taken += 1;
    },
    giveBack: () => {
      taken -= 1;
    },
  };
}
