/**
 * Takes due items in batches and handles them side by side, up to what its gate allows. It knows
 * nothing of payouts: what is due, and what to do, are handed in.
 */

import { createWakeTimes } from './wake-times.ts';

export type Work<Item> = {
  /** Claims at most `limit` due items; each is this process's alone. */
  claim(limit: number): Promise<readonly Item[]>;
  /** Handles one item. What it throws is reported and the item is found again by its due time. */
  handle(item: Item): Promise<void>;
};

export type Capacity = {
  slots(): number;
  opensAt(): number | null;
  take(): void;
  giveBack(): void;
};

export type RunnerDeps<Item> = {
  work: Work<Item>;
  capacity: Capacity;
  monotonic: () => number;
  onError: (error: unknown) => void;
};

export type Runner = {
  start(): void;
  /** Work may be due in `delayMs`; 0 is now. */
  wake(delayMs: number): void;
  /** One claim with everything it brings handled; how many items that were. For tests and simulations. */
  runOnce(): Promise<number>;
  /** Claims nothing more and waits for what is in flight. */
  drain(): Promise<void>;
  inFlight(): number;
};

/** Due work is looked for at least this often, so that a dead replica's is taken over within 10 s. */
const SCAN_MS = 1000;
/** One claim's size: large batches hold leases on work that waits. */
const BATCH_MAX = 50;

export function createRunner<Item>({
  work,
  capacity,
  monotonic,
  onError,
}: RunnerDeps<Item>): Runner {
  const inFlight = new Set<Promise<void>>();
  let stopped = false;
  let wanted = false;
  /** Whether the last claim may have left due items behind for want of slots. */
  let hungry = false;
  let wakeUp: () => void = () => undefined;
  let loop: Promise<void> | null = null;

  const wakeNow = (): void => {
    wanted = true;
    wakeUp();
  };
  const times = createWakeTimes(monotonic, wakeNow);

  const begin = (item: Item): Promise<void> => {
    capacity.take();
    const task = work
      .handle(item)
      .catch(onError)
      .finally(() => {
        inFlight.delete(task);
        capacity.giveBack();
        if (hungry) wakeNow();
      });
    inFlight.add(task);
    return task;
  };

  /** Claims once; true where more may be due right away. */
  const claimOnce = async (): Promise<boolean> => {
    const limit = Math.min(capacity.slots(), BATCH_MAX);
    hungry = true;
    if (limit === 0) return false;
    const items = await work.claim(limit);
    for (const item of items) void begin(item);
    hungry = items.length === limit;
    return hungry && capacity.slots() > 0;
  };

  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      const opensAt = capacity.opensAt();
      const untilOpen = opensAt === null ? SCAN_MS : Math.max(1, opensAt - monotonic());
      const timer = setTimeout(resolve, Math.min(SCAN_MS, untilOpen));
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (wanted || stopped) wakeUp();
    });

  const run = async (): Promise<void> => {
    while (!stopped) {
      wanted = false;
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
      if (delayMs <= 0) wakeNow();
      else times.in(delayMs);
    },
    runOnce: async () => {
      const items = await work.claim(Math.min(capacity.slots(), BATCH_MAX));
      await Promise.all(items.map(begin));
      return items.length;
    },
    drain: async () => {
      stopped = true;
      times.clear();
      wakeUp();
      await loop;
      await Promise.all(inFlight);
    },
    inFlight: () => inFlight.size,
  };
}
