/**
 * A thousand due items on an endpoint that is down and comes back, next to a healthy endpoint:
 * the runner and the limiter together.
 */

import { expect, test } from 'vitest';
import { createLimiter } from '../../src/runner/limiter.ts';
import { createRunner } from '../../src/runner/runner.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const DUE = 1000;
const ROUND_TRIP_MS = 100;

/** An endpoint with many due items; each handled one makes one call. */
function createEndpoint(clock: ManualClock) {
  const limiter = createLimiter({ inFlightMax: 50, perSecondMax: 200 }, clock, () => 0.5);
  const state = { down: false, due: DUE, calls: 0 };
  const runner = createRunner<number>({
    work: {
      claim: async (limit) =>
        Array.from({ length: Math.min(limit, state.due) }, (_, index) => index),
      handle: async () => {
        limiter.spend();
        state.calls += 1;
        if (!state.down) state.due -= 1;
        limiter.report(state.down ? { kind: 'failed', retryAfterMs: null } : { kind: 'succeeded' });
      },
    },
    limiter,
    monotonic: () => clock.monotonic(),
    onError: (error) => {
      throw error;
    },
  });
  return {
    limiter,
    state,
    /** What is called within one round trip. */
    round: async (): Promise<number> => {
      const before = state.calls;
      if (limiter.slots() > 0) await runner.runOnce();
      return state.calls - before;
    },
  };
}

test('while it is down a handful of calls is made in ten minutes, and it comes back step by step', async () => {
  const clock = createManualClock();
  const sick = createEndpoint(clock);
  const well = createEndpoint(clock);
  sick.state.down = true;

  for (let ms = 0; ms < 600_000; ms += ROUND_TRIP_MS) {
    await sick.round();
    await well.round();
    clock.advance(ROUND_TRIP_MS);
  }
  // The first batch of fifty was under way when it failed; after that one probe per back-off.
  expect(sick.state.calls).toBeGreaterThan(50);
  expect(sick.state.calls).toBeLessThan(50 + 20);
  expect(sick.state.due).toBe(DUE);
  expect(well.state).toMatchObject({ due: 0, calls: DUE });

  sick.state.down = false;
  clock.advance(60_000);
  const rounds: number[] = [];
  while (sick.state.due > 0) {
    rounds.push(await sick.round());
    clock.advance(ROUND_TRIP_MS);
  }
  expect(rounds.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
  expect(Math.max(...rounds)).toBeLessThanOrEqual(50);
  expect(sick.limiter.state()).toBe('closed');
});
