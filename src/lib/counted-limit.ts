/**
 * Counts what happened under a key, such as a caller's address, and says when that was too often.
 * Unlike @fastify/rate-limit it is asked before a request and told only of those that count, so
 * that whoever sends much that is good is never limited. In memory, and in each replica: a shared
 * count would cost each request a query.
 */

export type CountedLimit = {
  /** Milliseconds until the key is free again; 0 while it is not limited. */
  limitedForMs(key: string): number;
  count(key: string): void;
};

export type LimitSettings = {
  /** This many in one window are let through. */
  max: number;
  windowMs: number;
  /** Keys that are remembered; beyond them the one that was counted longest ago is forgotten. */
  keysMax: number;
};

type Window = { count: number; endsAt: number };

/** `monotonic` is in milliseconds and never jumps. */
export function createCountedLimit(
  { max, windowMs, keysMax }: LimitSettings,
  monotonic: () => number,
): CountedLimit {
  /** In the order in which they were counted last. */
  const windows = new Map<string, Window>();

  return {
    limitedForMs: (key) => {
      const window = windows.get(key);
      return window === undefined || window.count < max
        ? 0
        : Math.max(0, window.endsAt - monotonic());
    },
    count: (key) => {
      const now = monotonic();
      const last = windows.get(key);
      const isOpen = last !== undefined && last.endsAt > now;
      windows.delete(key);
      windows.set(
        key,
        isOpen ? { ...last, count: last.count + 1 } : { count: 1, endsAt: now + windowMs },
      );
      if (windows.size <= keysMax) return;
      const [oldest] = windows.keys();
      if (oldest !== undefined) windows.delete(oldest);
    },
  };
}
