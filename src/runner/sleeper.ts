/**
 * A sleep that can be ended early. A wake while no sleep is running ends the next sleep
 * immediately, so that no wake is lost between a claim and the sleep after it.
 */

export type Sleeper = {
  /** Forgets earlier wakes: the claim that follows serves them. */
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
