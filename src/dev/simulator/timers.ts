/**
 * The simulator's only timers. They never keep the process alive, and closing the simulator clears
 * all of them together; after that no new one starts.
 */

export interface Timers {
  after(delayMs: number, act: () => void): void;
  clear(): void;
}

export function createTimers(): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  let closed = false;
  return {
    after(delayMs, act) {
      if (closed) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        act();
      }, delayMs);
      timer.unref();
      waiting.add(timer);
    },
    clear() {
      closed = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
