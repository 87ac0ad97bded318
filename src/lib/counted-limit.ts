/**
 * Counts events under a key, such as the address of a client, and decides when there were too many.
 * Unlike @fastify/rate-limit it is checked before a request and counts only the requests that its
 * caller reports, so that a client with many good requests is never limited. The count is in
 * memory, and separate in each replica: a shared count would cost each request a query.
 */

export type CountedLimit = {
  /** Milliseconds until the key is free again; 0 while it is not limited. */
  limitedForMs(key: string): number;
  count(key: string): void;
};

export type LimitSettings = {
  /** The number of events in one window from which a key is limited. */
  max: number;
  windowMs: number;
  /** The number of remembered keys; beyond it the key that was counted longest ago is forgotten. */
  keysMax: number;
};

type Window = { count: number; endsAt: number };

/** `monotonic` is in milliseconds and never jumps. */
export function createCountedLimit(
  { max, windowMs, keysMax }: LimitSettings,
  monotonic: () => number,
): CountedLimit {
  /** In the order of the last count. */
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
