/**
 * The waits between two scans of a runner: a second at most while something is due, and until then
 * nothing, so that a run may last simulated weeks. What wakes a real runner wakes this one too.
 */

import type { Process } from './process.ts';
import type { Due } from './watcher.ts';
import type { World } from './world.ts';

export type Scans = {
  /** Rests until the next scan is worth its while. */
  rest(process: Process): Promise<void>;
  /** A hint to one process that something is due soon. */
  wake(process: Process, delayMs: number): void;
};

const SCAN_MS = 1000;
/** Hints further ahead are left to the scan, as in the service. */
const HORIZON_MS = 5000;

type Sleeper = { process: Process; wakeAt: number; round: number; resolve: () => void };

export function createScans(world: World, name: string, due: Due): Scans {
  const random = world.random.fork(`scans/${name}`);
  const sleepers = new Set<Sleeper>();

  const scanAt = (): number => {
    // What is due is decided by the database's clock, which is the world's.
    return Math.max(world.now(), due.at()) + random.int(1, SCAN_MS);
  };

  const wakeAt = (sleeper: Sleeper, at: number): void => {
    sleeper.round += 1;
    sleeper.wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const { round, process } = sleeper;
    world.at(at, `${process.name}: scans ${name}`, () => {
      if (sleeper.round !== round || !sleepers.has(sleeper)) return;
      if (due.at() > world.now()) return wakeAt(sleeper, scanAt());
      sleepers.delete(sleeper);
      process.deliver(0, `wakes for ${name}`, sleeper.resolve);
    });
  };

  due.onChange(() => {
    for (const sleeper of sleepers) {
      if (!sleeper.process.isAlive()) {
        sleepers.delete(sleeper);
        continue;
      }
      // An earlier scan finds by itself that nothing is due yet.
      if (sleeper.wakeAt > due.at() + SCAN_MS) {
        wakeAt(sleeper, scanAt());
      }
    }
  });

  return {
    rest: (process) =>
      new Promise((resolve) => {
        const sleeper: Sleeper = { process, wakeAt: 0, round: 0, resolve };
        sleepers.add(sleeper);
        wakeAt(sleeper, scanAt());
      }),
    wake: (process, delayMs) => {
      if (delayMs > HORIZON_MS) return;
      const at = world.now() + Math.max(0, delayMs) + random.int(0, 20);
      for (const sleeper of sleepers) {
        if (sleeper.process !== process || sleeper.wakeAt <= at) continue;
        wakeAt(sleeper, at);
        return;
      }
    },
  };
}
