/**
 * Work that goes on side by side: each piece holds one slot until it has ended, however it ends,
 * and all of it can be waited for.
 */

export type InFlightDeps = {
  limiter: { take(): void; giveBack(): void };
  onError: (error: unknown) => void;
  /** A slot is free again. */
  onEnd: () => void;
};

export type InFlight = {
  /** Begins a piece of work; resolves when it has ended. */
  begin(work: Promise<void>): Promise<void>;
  count(): number;
  /** Waits for what goes on now. */
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
