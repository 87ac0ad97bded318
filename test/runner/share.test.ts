import { expect, test } from 'vitest';
import { createShare } from '../../src/flow/gateway/claim-payouts.ts';

/** Claims of these sizes, each of which finds as much of the kind as its share, and no more. */
function takeShares(sizes: readonly number[]): number[] {
  const share = createShare(4);
  return sizes.map((slots) => {
    const wanted = share.of(slots);
    share.claimed(wanted, wanted);
    return wanted;
  });
}

test('a quarter of the slots is kept, also where they come one at a time', () => {
  expect(takeShares(Array.from({ length: 12 }, () => 1))).toEqual([
    0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1,
  ]);
  expect(takeShares([4, 8, 50])).toEqual([1, 2, 12]);
});

test('over any sizes it is a quarter of their sum', () => {
  const sizes = [1, 3, 50, 7, 2, 2, 1, 9, 5, 50, 13];
  const sum = sizes.reduce((all, size) => all + size, 0);
  expect(takeShares(sizes).reduce((all, size) => all + size, 0)).toBe(Math.floor(sum / 4));
});

test('nothing is saved up while nothing of the kind is due', () => {
  const share = createShare(4);
  for (let count = 0; count < 100; count += 1) share.claimed(0, share.of(50));
  expect(share.of(4)).toBeLessThanOrEqual(2);
});

test('what is taken in addition to the share counts, and is not held against the kind later', () => {
  const share = createShare(4);
  const wanted = share.of(40);
  share.claimed(40, wanted);
  expect(share.of(4)).toBe(1);
});

test('a claim that fails is not made up for', () => {
  const share = createShare(4);
  for (let count = 0; count < 100; count += 1) share.of(50);
  expect(share.of(4)).toBe(1);
});
