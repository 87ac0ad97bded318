import { beforeEach, describe, expect, test } from 'vitest';
import { createLimiter, type Limiter } from '../../src/runner/limiter.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let limiter: Limiter;

const trouble = (retryAfterMs: number | null = null) =>
  limiter.report({ kind: 'trouble', retryAfterMs });
const fine = () => limiter.report({ kind: 'fine' });
const times = (count: number, act: () => void) => {
  for (let index = 0; index < count; index += 1) act();
};

/** Moves the clock until the circuit lets a probe through, and answers how long that took. */
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

describe('a closed circuit', () => {
  test('allows as many at once as the limit says', () => {
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

  test('stays closed after two troubles, and after any number with a good answer between', () => {
    times(10, () => {
      times(2, trouble);
      fine();
    });
    expect(limiter.state()).toBe('closed');
  });
});

describe('an open circuit', () => {
  test('opens after three troubles in a row and lets nothing through for a second', () => {
    times(3, trouble);
    expect(limiter.state()).toBe('open');
    expect(limiter.slots()).toBe(0);
    expect(waitForProbe()).toBe(1000);
    expect(limiter.state()).toBe('probing');
  });

  test('lets one probe through, and no second one beside it', () => {
    times(3, trouble);
    waitForProbe();
    expect(limiter.slots()).toBe(1);
    limiter.take();
    expect(limiter.slots()).toBe(0);
  });

  test('waits twice as long after each probe that fails, a minute at most', () => {
    times(3, trouble);
    const waits = Array.from({ length: 8 }, () => {
      const waitMs = waitForProbe();
      trouble();
      return waitMs;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('counts fifty calls that fail together as one trouble', () => {
    times(50, trouble);
    expect(waitForProbe()).toBe(1000);
    trouble();
    expect(waitForProbe()).toBe(2000);
  });

  test('is not closed by an answer to a call from before', () => {
    times(3, trouble);
    fine();
    expect(limiter.state()).toBe('open');
  });

  test('stays probing where the probe was stopped by ourselves and says nothing', () => {
    times(3, trouble);
    waitForProbe();
    limiter.take();
    limiter.giveBack();
    expect(limiter.state()).toBe('probing');
    expect(limiter.slots()).toBe(1);
  });
});

describe('Retry-After', () => {
  test('opens the circuit at the first trouble that carries it, for as long as it says', () => {
    trouble(30_000);
    expect(limiter.state()).toBe('open');
    expect(waitForProbe()).toBe(30_000);
  });

  test('is waited for no longer than five minutes', () => {
    trouble(86_400_000);
    expect(waitForProbe()).toBe(300_000);
  });

  test('of a late answer stretches a circuit that is open already', () => {
    times(3, trouble);
    trouble(20_000);
    expect(waitForProbe()).toBe(20_000);
  });

  test('of zero seconds is a trouble like any other', () => {
    trouble(0);
    expect(limiter.state()).toBe('closed');
  });
});

describe('an endpoint that comes back', () => {
  test('gets two at once after the probe, then twice as many with every round trip', () => {
    times(3, trouble);
    waitForProbe();
    fine();
    expect(limiter.state()).toBe('closed');
    const rounds = Array.from({ length: 6 }, () => {
      const slots = limiter.slots();
      times(slots, () => limiter.take());
      expect(limiter.slots()).toBe(0);
      times(slots, () => {
        fine();
        limiter.giveBack();
      });
      return slots;
    });
    expect(rounds).toEqual([2, 4, 8, 16, 32, 50]);
  });

  test('that fails again at once opens the circuit after three calls, not after fifty', () => {
    times(3, trouble);
    waitForProbe();
    fine();
    let calls = 0;
    while (limiter.state() === 'closed') {
      const slots = limiter.slots();
      times(slots, () => limiter.take());
      times(slots, trouble);
      times(slots, () => limiter.giveBack());
      calls += slots;
    }
    expect(calls).toBeLessThanOrEqual(4);
  });
});

test('trouble on one endpoint leaves another one as it was', () => {
  const other = createLimiter({ inFlightMax: 50, perSecondMax: 200 }, clock, () => 0.5);
  times(50, trouble);
  expect(limiter.slots()).toBe(0);
  expect(other.slots()).toBe(50);
  expect(other.state()).toBe('closed');
});
