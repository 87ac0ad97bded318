/**
 * Wakes the runner at given times, so that work due soon does not wait for the next scan. These
 * times are hints: the due time is on the row, and the scan of `runner.ts` finds what is not woken
 * for.
 */

export type WakeTimes = {
  /** Wakes in `delayMs`. A time beyond the horizon is ignored: the scan is soon enough. */
  in(delayMs: number): void;
  clear(): void;
};

/** Wakes closer together than this become one. */
const GRAIN_MS = 20;
/** Keeps the number of timers below 250. */
const HORIZON_MS = 5000;

export function createWakeTimes(monotonic: () => number, wake: () => void): WakeTimes {
  const timers = new Map<number, NodeJS.Timeout>();
  return {
    in: (delayMs) => {
      if (delayMs > HORIZON_MS) return;
      const at = Math.ceil((monotonic() + delayMs) / GRAIN_MS);
      if (timers.has(at)) return;
      const timer = setTimeout(
        () => {
          timers.delete(at);
          wake();
        },
        Math.max(0, at * GRAIN_MS - monotonic()),
      );
      timer.unref();
      timers.set(at, timer);
    },
    clear: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
