/**
 * Time and chance, handed in so that tests and the simulation own both.
 */

import { randomBytes } from 'node:crypto';

export type Clock = {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Milliseconds that never jump, for how long something takes. */
  monotonic(): number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

export type Chance = {
  /** A number in [0, 1). */
  random(): number;
  bytes(count: number): Uint8Array;
};

export const systemChance: Chance = {
  random: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
