import { beforeEach, describe, expect, test } from 'vitest';
import { createLimiter, type Limiter } from '../../src/runner/limiter.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let limiter: Limiter;

const fail = (retryAfterMs: number | null = null) =>
  limiter.report({ kind: 'failed', retryAfterMs });
const succeed = () => limiter.report({ kind: 'succeeded' });
const times = (count: number, act: () => void) => {
  for (let index = 0; index < count; index += 1) act();
};

/** Moves the clock until the breaker lets a probe through, and answers how long that took. */
function waitForProbe(): number {
  const opensAt = limiter.opensAt() ?? clock.monotonic();
  const waitMs = opensAt - clock.monotonic();
  clock.advance(waitMs);
  return waitMs;
}

beforeEach(() => {
  clock = createManualClock();
  // The middle of its range: a wait is exactly what the back-off says.
  limiter = createLimiter({ inFlightMax: 50, perSecondMax: 200 }, clock, () => 0.5);
});

describe('a closed breaker', () => {
  test('allows as many at the same time as the limit says', () => {
    expect(limiter.slots()).toBe(50);
    times(50, () => limiter.take());
    expect(limiter.slots()).toBe(0);
    limiter.giveBack();
    expect(limiter.slots()).toBe(1);
  });

  test('allows as many calls in a second as the limit says, and opens again by itself', () => {
    times(200, () => limiter.spend());
    expect(limiter.slots()).toBe(0);
    expect(limiter.opensAt()).toBe(clock.monotonic() + 5);
    clock.advance(5);
    expect(limiter.slots()).toBe(1);
  });

  test('stays closed after two failures, and after any number with a good answer between', () => {
    times(10, () => {
      times(2, fail);
      succeed();
    });
    expect(limiter.state()).toBe('closed');
  });
});

describe('an open breaker', () => {
  test('opens after three failures in a row and lets nothing through for a second', () => {
    times(3, fail);
    expect(limiter.state()).toBe('open');
    expect(limiter.slots()).toBe(0);
    expect(waitForProbe()).toBe(1000);
    expect(limiter.state()).toBe('probing');
  });

  test('lets one probe through, and no second one at the same time', () => {
    times(3, fail);
    waitForProbe();
    expect(limiter.slots()).toBe(1);
    limiter.take();
    expect(limiter.slots()).toBe(0);
  });

  test('waits twice as long after each probe that fails, a minute at most', () => {
    times(3, fail);
    const waits = Array.from({ length: 8 }, () => {
      const waitMs = waitForProbe();
      fail();
      return waitMs;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('counts fifty calls that fail together as one failure', () => {
    times(50, fail);
    expect(waitForProbe()).toBe(1000);
    fail();
    expect(waitForProbe()).toBe(2000);
  });

  test('is not closed by an answer to a call from before', () => {
    times(3, fail);
    succeed();
    expect(limiter.state()).toBe('open');
  });

  test('stays probing where the probe was stopped by ourselves and says nothing', () => {
    times(3, fail);
    waitForProbe();
    limiter.take();
    limiter.giveBack();
    expect(limiter.state()).toBe('probing');
    expect(limiter.slots()).toBe(1);
  });
});

describe('Retry-After', () => {
  test('opens the breaker at the first failure that carries it, for as long as it says', () => {
    fail(30_000);
    expect(limiter.state()).toBe('open');
    expect(waitForProbe()).toBe(30_000);
  });

  test('is waited for no longer than five minutes', () => {
    fail(86_400_000);
    expect(waitForProbe()).toBe(300_000);
  });

  test('of a late answer stretches a breaker that is open already', () => {
    times(3, fail);
    fail(20_000);
    expect(waitForProbe()).toBe(20_000);
  });

  test('of zero seconds is a failure like any other', () => {
    fail(0);
    expect(limiter.state()).toBe('closed');
  });
});

describe('an endpoint that comes back', () => {
  test('gets two at the same time after the probe, then twice as many with every round trip', () => {
    times(3, fail);
    waitForProbe();
    succeed();
    expect(limiter.state()).toBe('closed');
    const rounds = Array.from({ length: 6 }, () => {
      const slots = limiter.slots();
      times(slots, () => limiter.take());
      expect(limiter.slots()).toBe(0);
      times(slots, () => {
        succeed();
        limiter.giveBack();
      });
      return slots;
    });
    expect(rounds).toEqual([2, 4, 8, 16, 32, 50]);
  });

  test('that fails again immediately opens the breaker after three calls, not after fifty', () => {
    times(3, fail);
    waitForProbe();
    succeed();
    let calls = 0;
    while (limiter.state() === 'closed') {
      const slots = limiter.slots();
      times(slots, () => limiter.take());
      times(slots, fail);
      times(slots, () => limiter.giveBack());
      calls += slots;
    }
    expect(calls).toBeLessThanOrEqual(4);
  });
});

test('failure on one endpoint leaves another one as it was', () => {
  const other = createLimiter({ inFlightMax: 50, perSecondMax: 200 }, clock, () => 0.5);
  times(50, fail);
  expect(limiter.slots()).toBe(0);
  expect(other.slots()).toBe(50);
  expect(other.state()).toBe('closed');
});
