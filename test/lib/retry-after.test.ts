import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../src/lib/retry-after.ts';

describe('Retry-After', () => {
  it.each([
    ['120', null, 120_000],
    [' 2 ', null, 2000],
    ['0', null, 0],
    ['999999999', null, 3_600_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 'Sat, 21 Nov 2026 10:00:00 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 'Sat, 21 Nov 2026 10:00:00 GMT', 0],
    ['Mon, 21 Nov 2036 10:00:00 GMT', 'Sat, 21 Nov 2026 10:00:00 GMT', 3_600_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', null, null],
    ['Sat, 99 Nov 2026 10:00:30 GMT', 'Sat, 21 Nov 2026 10:00:00 GMT', null],
    ['-5', null, null],
    ['1.5', null, null],
    ['soon', null, null],
    [null, null, null],
  ])('%s next to Date %s asks to wait %s ms', (retryAfter, date, waitMs) => {
    expect(readRetryAfter({ retryAfter, date })).toBe(waitMs);
  });
});
