/** What is counted is limited, per key and window, in bounded memory. */

import { beforeEach, describe, expect, it } from 'vitest';
import { type CountedLimit, createCountedLimit } from '../../src/lib/counted-limit.ts';

let now = 0;
let limit: CountedLimit;
beforeEach(() => {
  now = 5000;
  limit = createCountedLimit({ max: 3, windowMs: 60_000, keysMax: 4 }, () => now);
});

const count = (key: string, times: number): void => {
  for (let time = 0; time < times; time += 1) limit.count(key);
};

describe('a counted limit', () => {
  it('lets through what was never counted, however often it asks', () => {
    for (let time = 0; time < 1000; time += 1) expect(limit.limitedForMs('a')).toBe(0);
  });

  it('limits a key once it was counted that often, until its window ends', () => {
    count('a', 2);
    expect(limit.limitedForMs('a')).toBe(0);
    now += 20_000;
    count('a', 1);
    expect(limit.limitedForMs('a')).toBe(40_000);
    expect(limit.limitedForMs('b')).toBe(0);
    now += 40_000;
    expect(limit.limitedForMs('a')).toBe(0);
    count('a', 1);
    expect(limit.limitedForMs('a')).toBe(0);
  });

  it('is not prolonged by what is counted meanwhile', () => {
    count('a', 3000);
    expect(limit.limitedForMs('a')).toBe(60_000);
  });

  it('remembers so many keys and forgets the one that was counted longest ago', () => {
    count('a', 3);
    count('b', 3);
    count('c', 3);
    count('a', 1);
    for (let index = 0; index < 3; index += 1) limit.count(`other ${index}`);
    expect(['a', 'b', 'c'].map((key) => limit.limitedForMs(key) > 0)).toEqual([true, false, false]);
  });
});
