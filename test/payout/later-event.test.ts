import { expect, test } from 'vitest';
import { isLaterEvent } from '../../src/payout/model/reply.ts';

test.each([
  ['reversal', true],
  ['CHARGEBACK', true],
  ['payout_reversal', true],
  ['partial-refund', true],
  ['Return', true],
  ['payout', false],
  ['', false],
  [null, false],
])('whether the type %s names a later event: %s', (type, expected) => {
  expect(isLaterEvent(type)).toBe(expected);
});
