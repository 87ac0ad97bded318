import { expect, test } from 'vitest';
import { createRate } from '../../src/runner/rate.ts';

function rateAt(perSecondMax: number) {
  let now = 0;
  const rate = createRate(perSecondMax, () => now);
  return { rate, advance: (ms: number) => (now += ms) };
}

test('a second holds as many calls as it allows, and no more after a long rest', () => {
  const { rate, advance } = rateAt(5);
  expect(rate.allowed()).toBe(5);
  advance(60_000);
  expect(rate.allowed()).toBe(5);
});

test('calls that were spent come back evenly', () => {
  const { rate, advance } = rateAt(5);
  for (let call = 0; call < 5; call += 1) rate.spend();
  expect(rate.allowed()).toBe(0);
  expect(rate.opensInMs()).toBe(200);
  advance(200);
  expect(rate.allowed()).toBe(1);
  expect(rate.opensInMs()).toBe(0);
});

test('more calls than were allowed are paid back first', () => {
  const { rate, advance } = rateAt(10);
  for (let call = 0; call < 12; call += 1) rate.spend();
  expect(rate.opensInMs()).toBe(300);
  advance(300);
  expect(rate.allowed()).toBe(1);
});
