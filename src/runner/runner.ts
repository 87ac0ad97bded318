/**
 * Claims due items in batches and handles them concurrently, up to what its limiter allows. It
 * knows no payouts: what is due and how it is handled comes from `service/leased-runner.ts`.
 */

import { createInFlight } from './in-flight.ts';
import { createSleeper } from './sleeper.ts';
import { createWakeTimes } from './wake-times.ts';

export type Work<Item> = {
  /** Claims at most `limit` due items; no other process has them. */
  claim(limit: number): Promise<readonly Item[]>;
  /** Handles one item. What it throws is reported, and the item is found again by its due time. */
  handle(item: Item): Promise<void>;
};

export type SlotLimiter = {
  slots(): number;
  opensAt(): number | null;
  take(): void;
  giveBack(): void;
};

export type RunnerDeps<Item> = {
  work: Work<Item>;
  limiter: SlotLimiter;
  monotonic: () => number;
  onError: (error: unknown) => void;
};

export type Runner = {
  start(): void;
  /** Work may be due in `delayMs`; 0 is now. */
  wake(delayMs: number): void;
  /**
   * Makes one claim and handles everything it returns; resolves to the number of items. For tests
   * and the simulation.
   */
  runOnce(): Promise<number>;
  /** Claims nothing more and waits for the items in flight. */
  drain(): Promise<void>;
  inFlight(): number;
};

/**
 * Due work is claimed at least this often, so that the work of a dead replica is taken over within
 * 10 s.
 */
const SCAN_MS = 500;
/** The size of one claim; a larger one would hold leases on work that only waits. */
const BATCH_MAX = 50;

export function createRunner<Item>(deps: RunnerDeps<Item>): Runner {
  const { work, limiter, monotonic, onError } = deps;
  const sleeper = createSleeper();
  let stopped = false;
  /** Whether the last claim may have left due items behind because no more slots were free. */
  let hasBacklog = false;
  let loop: Promise<void> | null = null;
  const times = createWakeTimes(monotonic, sleeper.wake);

  const onEnd = (): void => {
    if (hasBacklog) sleeper.wake();
  };
  const inFlight = createInFlight({ limiter, onError, onEnd });
  const begin = (item: Item): Promise<void> => inFlight.begin(work.handle(item));

  /** Claims once; resolves to true if more items may be due now. */
  const claimOnce = async (): Promise<boolean> => {
    const limit = Math.min(limiter.slots(), BATCH_MAX);
    hasBacklog = true;
    if (limit === 0) return false;
    const items = await work.claim(limit);
    for (const item of items) void begin(item);
    hasBacklog = items.length === limit;
    return hasBacklog && limiter.slots() > 0;
  };

  const sleep = (): Promise<void> => {
    const opensAt = limiter.opensAt();
    const untilOpen = opensAt === null ? SCAN_MS : Math.max(1, opensAt - monotonic());
    return sleeper.sleep(Math.min(SCAN_MS, untilOpen));
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      sleeper.reset();
      const more = await claimOnce().catch((error: unknown) => {
        onError(error);
        return false;
      });
      if (!more) await sleep();
    }
  };

  return {
    start: () => {
      loop ??= run();
    },
    wake: (delayMs) => {
      if (stopped) return;
      if (delayMs <= 0) sleeper.wake();
      else times.in(delayMs);
    },
    runOnce: async () => {
      const items = await work.claim(Math.min(limiter.slots(), BATCH_MAX));
      await Promise.all(items.map(begin));
      return items.length;
    },
    drain: async () => {
      stopped = true;
      times.clear();
      sleeper.wake();
      await loop;
      await inFlight.ended();
    },
    inFlight: () => inFlight.count(),
  };
}

/**
 * The simplest limiter of a runner: a fixed number of items at the same time, whatever their
 * outcome.
 */
export function createSlotLimiter(inFlightMax: number): SlotLimiter {
  let inFlight = 0;
  return {
    slots: () => inFlightMax - inFlight,
    opensAt: () => null,
    take: () => {
      inFlight += 1;
    },
    giveBack: () => {
      inFlight -= 1;
    },
  };
}
