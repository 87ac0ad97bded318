/**
 * A sleep that can be ended before its time. Who wakes while nobody sleeps ends the next sleep at
 * once, so that nothing is missed between looking for work and going to sleep.
 */

export type Sleeper = {
  /** Forgets what has isWoken so far: what is begun now sees to it. */
  reset: () => void;
  wake: () => void;
  /** Sleeps at most `delayMs`. */
  sleep: (delayMs: number) => Promise<void>;
};

export function createSleeper(): Sleeper {
  let isWoken = false;
  let wakeUp: () => void = () => undefined;
  return {
    reset: () => {
      isWoken = false;
    },
    wake: () => {
      isWoken = true;
      wakeUp();
    },
    sleep: (delayMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (isWoken) wakeUp();
      }),
  };
}
