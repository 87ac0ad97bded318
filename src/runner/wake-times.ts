/**
 * Wakes somebody at given times, so that work due soon does not wait for the next scan. A hint
 * only: what is forgotten here is found by the scan, since the row alone says when it is due.
 */

export type WakeTimes = {
  /** Asks to be woken in `delayMs`; beyond the horizon the scan is as good. */
  in(delayMs: number): void;
  clear(): void;
};

/** Wakes within this of each other are one. */
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
