/**
 * The items that a runner handles concurrently. Each one holds a slot of the limiter until it has
 * succeeded or failed, and a drain waits for all of them.
 */

export type InFlightDeps = {
  limiter: { take(): void; giveBack(): void };
  onError: (error: unknown) => void;
  /** Called when a slot is free again. */
  onEnd: () => void;
};

export type InFlight = {
  /** Adds one item's work; resolves when that has ended. */
  begin(work: Promise<void>): Promise<void>;
  count(): number;
  /** Waits for the work in flight now. */
  ended(): Promise<void>;
};

export function createInFlight({ limiter, onError, onEnd }: InFlightDeps): InFlight {
  const tasks = new Set<Promise<void>>();
  return {
    begin: (work) => {
      limiter.take();
      const task = work.catch(onError).finally(() => {
        tasks.delete(task);
        limiter.giveBack();
        onEnd();
      });
      tasks.add(task);
      return task;
    },
    count: () => tasks.size,
    ended: async () => {
      await Promise.all(tasks);
    },
  };
}
