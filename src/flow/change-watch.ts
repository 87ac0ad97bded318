/**
 * Lets requests wait until a payout changes. A change of this process ends the wait as soon as it
 * is committed. Changes of other replicas are found by one query for all waiting requests, which
 * runs only while a request waits. This file reads no payout and decides nothing: the payout is
 * read after the wait by http/wait-for-change.ts.
 */

import type { Awaited, Changed } from '../store/database/changes.ts';

export type Wait = Awaited & {
  waitMs: number;
  /** The name of the API key whose share of the places the wait takes. */
  keyName: string;
  /** Ends the wait early: the client has closed the connection. */
  signal: AbortSignal;
};

export type ChangeWatch = {
  /** This version of the payout is committed. */
  changed(payoutId: string, version: number): void;
  /**
   * Waits until the payout's version is above the known one, the time is over, the client has
   * closed the connection, or the service stops. `over` means only that the payout is worth reading
   * now. Returns `full` immediately where too many requests wait already.
   */
  wait(wait: Wait): Promise<'over' | 'full'>;
  /** How many requests wait at this moment. */
  waiting(): number;
  /** Ends every wait; later waits end immediately. */
  close(): void;
};

export type ChangeWatchDeps = {
  find: (awaited: readonly Awaited[]) => Promise<readonly Changed[]>;
  onError: (error: unknown) => void;
};

/** A change of another replica has to be seen within one second; this is half of it. */
const QUERY_EVERY_MS = 500;

/**
 * 500 waiting requests were measured at 30 kB each. 2000 of them stay far below the memory of a
 * small replica.
 */
const WAITS_MAX = 2000;

/** No single client may acquire all the places. */
const WAITS_PER_KEY_MAX = 1000;

type Waiter = { afterVersion: number; end: () => void };

/** Places for waits, limited in total and for each API key. */
function createPlaces() {
  const byKey = new Map<string, number>();
  let acquired = 0;
  return {
    /** False where no place is left. */
    acquire: (keyName: string): boolean => {
      const own = byKey.get(keyName) ?? 0;
      if (acquired >= WAITS_MAX || own >= WAITS_PER_KEY_MAX) return false;
      acquired += 1;
      byKey.set(keyName, own + 1);
      return true;
    },
    release: (keyName: string): void => {
      const own = (byKey.get(keyName) ?? 0) - 1;
      acquired -= 1;
      if (own > 0) byKey.set(keyName, own);
      else byKey.delete(keyName);
    },
    acquired: () => acquired,
  };
}

/** Waiters by the payout that they wait for. */
function createWaiters() {
  const byPayout = new Map<string, Set<Waiter>>();
  return {
    add: (payoutId: string, waiter: Waiter): void => {
      byPayout.set(payoutId, (byPayout.get(payoutId) ?? new Set()).add(waiter));
    },
    remove: (payoutId: string, waiter: Waiter): void => {
      const others = byPayout.get(payoutId);
      others?.delete(waiter);
      if (others?.size === 0) byPayout.delete(payoutId);
    },
    any: () => byPayout.size > 0,
    of: (payoutId: string): Waiter[] => [...(byPayout.get(payoutId) ?? [])],
    all: (): Waiter[] => [...byPayout.values()].flatMap((waiting) => [...waiting]),
    /** Each payout once, with the oldest version that one of its waiters knows. */
    awaited: (): Awaited[] =>
      [...byPayout].map(([payoutId, waiting]) => ({
        payoutId,
        afterVersion: Math.min(...[...waiting].map(({ afterVersion }) => afterVersion)),
      })),
  };
}

export function createChangeWatch({ find, onError }: ChangeWatchDeps): ChangeWatch {
  const waiters = createWaiters();
  const places = createPlaces();
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  const changed = (payoutId: string, version: number): void => {
    for (const waiter of waiters.of(payoutId)) {
      if (version > waiter.afterVersion) waiter.end();
    }
  };

  const queryChanges = async (): Promise<void> => {
    try {
      for (const { payoutId, version } of await find(waiters.awaited())) changed(payoutId, version);
    } catch (error) {
      onError(error);
    }
    timer = null;
    queryLater();
  };

  const queryLater = (): void => {
    if (waiters.any() && !closed) timer ??= setTimeout(() => void queryChanges(), QUERY_EVERY_MS);
  };

  const wait = async ({ payoutId, afterVersion, waitMs, keyName, signal }: Wait) => {
    if (closed || signal.aborted) return 'over' as const;
    if (!places.acquire(keyName)) return 'full' as const;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { afterVersion, end: () => resolve() };
    const over = setTimeout(waiter.end, waitMs);
    signal.addEventListener('abort', waiter.end, { once: true });
    waiters.add(payoutId, waiter);
    queryLater();
    await promise;
    clearTimeout(over);
    signal.removeEventListener('abort', waiter.end);
    waiters.remove(payoutId, waiter);
    places.release(keyName);
    return 'over' as const;
  };

  return {
    changed,
    wait,
    waiting: places.acquired,
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      for (const waiter of waiters.all()) waiter.end();
    },
  };
}
