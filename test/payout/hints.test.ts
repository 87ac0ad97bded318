/** Hints of one payout are limited over its life; the end of an order is always heard. */

import { describe, expect, it } from 'vitest';
import {
  HINT_EVERY_MS,
  HINTS_MAX,
  hasHintsLeft,
  isEndingHint,
  mayHint,
} from '../../src/payout/policy/hints.ts';

const hinted = (hints: number, hintedAt: number) => ({ tracking: { hints, hintedAt } });

describe('a hint', () => {
  it('is taken from a payout that had none', () => {
    expect(mayHint(hinted(0, 0), 1_000_000)).toBe(true);
  });

  it('is not taken right after another one, whose status requests are still on their way', () => {
    const at = 1_000_000;
    expect(mayHint(hinted(1, at), at)).toBe(false);
    expect(mayHint(hinted(1, at), at + HINT_EVERY_MS - 1)).toBe(false);
    expect(mayHint(hinted(1, at), at + HINT_EVERY_MS)).toBe(true);
  });

  it('is not kept from a payout by a time in the future', () => {
    expect(mayHint(hinted(1, 2_000_000), 1_000_000)).toBe(true);
  });

  it('is one of a limited number', () => {
    expect(hasHintsLeft(hinted(HINTS_MAX - 1, 0))).toBe(true);
    expect(hasHintsLeft(hinted(HINTS_MAX, 0))).toBe(false);
    expect(mayHint(hinted(HINTS_MAX, 0), 1_000_000)).toBe(false);
  });

  it('of an end is heard whatever came before', () => {
    const heard = ['approved', 'declined', 'filtered', 'error', 'processing', 'unknown', ''];
    expect(heard.filter(isEndingHint)).toEqual(['approved', 'declined', 'filtered', 'error']);
  });
});
