/**
 * Chance from a seed: the same seed gives the same numbers on every machine. Each part of a run
 * draws from its own stream, so that one more draw here does not change what happens there.
 */

export type Random = {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both possible. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(count: number): Uint8Array;
  /** A stream of its own, told apart by its name. */
  fork(name: string): Random;
};

/** FNV-1a over the text, as four numbers that start sfc32. */
function stateOf(text: string): [number, number, number, number] {
  const state: [number, number, number, number] = [0x811c9dc5, 0x1000193, 0x9e3779b9, 1];
  for (let place = 0; place < text.length; place += 1) {
    const at = place % 3;
    const mixed = Math.imul((state[at] ?? 0) ^ text.charCodeAt(place), 0x01000193);
    state[at] = (mixed ^ (mixed >>> 13)) >>> 0;
  }
  return state;
}

/** Draws to throw away, after which similar seeds have nothing in common. */
const WARM_UP = 16;

/** The stream of this seed, or of this name below it. */
export function createRandom(seed: string): Random {
  let [a, b, c, counter] = stateOf(`${seed.length}:${seed}`);
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const picked = list[int(0, list.length - 1)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => int(0, 255)),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}
