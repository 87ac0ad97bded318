/**
 * A sleep that can be ended before its time. Who rings while nobody sleeps ends the next sleep at
 * once, so that nothing is missed between looking for work and going to sleep.
 */

export type Nap = {
  /** Forgets what has rung so far: what is begun now sees to it. */
  reset: () => void;
  ring: () => void;
  /** Sleeps at most `delayMs`. */
  sleep: (delayMs: number) => Promise<void>;
};

export function createNap(): Nap {
  let rung = false;
  let wakeUp: () => void = () => undefined;
  return {
    reset: () => {
      rung = false;
    },
    ring: () => {
      rung = true;
      wakeUp();
    },
    sleep: (delayMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (rung) wakeUp();
      }),
  };
}
