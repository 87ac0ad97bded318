import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { GIVEN_UP_AFTER_MS, nextAttempt } from '../../src/praxis/retry.ts';

const failed = (changes: Partial<Parameters<typeof nextAttempt>[0]> = {}) =>
  nextAttempt({
    attempts: 1,
    firstAttemptAt: 0,
    now: 0,
    random: 0.5,
    retryAfterMs: null,
    ...changes,
  });

it('waits 1, 5, 15, 30, 60 s and then 5 min', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 900].map((attempts) => failed({ attempts }));
  expect(waits.map((next) => (next.kind === 'again' ? next.at / 1000 : null))).toEqual([
    1, 5, 15, 30, 60, 300, 300, 300,
  ]);
});

it('varies the 5 min by a tenth and the first waits not at all', () => {
  expect(failed({ attempts: 6, random: 0 })).toEqual({ kind: 'again', at: 270_000 });
  expect(failed({ attempts: 6, random: 0.999999 })).toEqual({ kind: 'again', at: 330_000 });
  expect(failed({ attempts: 1, random: 0 })).toEqual({ kind: 'again', at: 1000 });
});

it('waits longer where the platform asks for it, and never shorter', () => {
  expect(failed({ retryAfterMs: 90_000 })).toEqual({ kind: 'again', at: 90_000 });
  expect(failed({ attempts: 5, retryAfterMs: 10 })).toEqual({ kind: 'again', at: 60_000 });
});

it('makes its last attempt at 72 h and gives up after it', () => {
  const now = GIVEN_UP_AFTER_MS - 1000;
  expect(failed({ attempts: 800, now })).toEqual({ kind: 'again', at: GIVEN_UP_AFTER_MS });
  expect(failed({ attempts: 801, now: GIVEN_UP_AFTER_MS })).toEqual({ kind: 'given_up' });
});

it('comes to its end at 72 h, whatever the platform asks for', () => {
  const asked = fc.tuple(fc.nat(3_600_000), fc.double({ min: 0, max: 0.999, noNaN: true }));
  fc.assert(
    fc.property(fc.infiniteStream(asked), (stream) => {
      let now = 0;
      for (let attempts = 1; attempts < 2000; attempts += 1) {
        const [retryAfterMs = 0, random = 0] = stream.next().value ?? [];
        const next = failed({ attempts, now, random, retryAfterMs });
        if (next.kind === 'given_up') break;
        expect(next.at).toBeGreaterThan(now);
        now = next.at;
      }
      expect(now).toBe(GIVEN_UP_AFTER_MS);
    }),
  );
});
