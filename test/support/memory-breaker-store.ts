/**
 * What a breaker counts in, without a database: for tests of the breaker, and where each process of
 * a test counts for itself.
 */

import type { RefusalState, RefusalStore } from '../../src/runner/refusal-breaker.ts';

const CLOSED: RefusalState = { refusals: 0, openedAt: null, probes: 0, probeAt: null };

export function createMemoryBreakerStore(): RefusalStore {
  let state = CLOSED;
  return {
    read: async () => state,
    add: async (count, max, { at, probeAt }) => {
      const refusals = state.refusals + count;
      const opens = state.openedAt === null && refusals >= max;
      state = opens ? { refusals, openedAt: at, probes: 1, probeAt } : { ...state, refusals };
      return state;
    },
    reset: async () => {
      state = CLOSED;
      return state;
    },
    release: async (at) => {
      if (state.openedAt !== null && state.openedAt < at) state = CLOSED;
      return state;
    },
    takeProbe: async ({ probes, now, nextAt }) => {
      const { openedAt, probeAt } = state;
      const isDue = openedAt !== null && probeAt !== null && probeAt <= now;
      if (!isDue || state.probes !== probes) return null;
      state = { ...state, probes: probes + 1, probeAt: nextAt };
      return state;
    },
  };
}
