/**
 * An operator who pauses payments for a while, in some runs, and surely resumes them.
 */

import { pausePayments, resumePayments } from '../../src/flow/api/pause-payments.ts';
import type { Door } from './door.ts';
import type { World } from './world.ts';

export type Pause = { from: number; until: number };

export type Pauses = {
  /** When payments were surely paused: from the answer to `pause` until `resume` was said. */
  windows: readonly Pause[];
  pending(): number;
};

const MINUTE = 60_000;
const SHARE_OF_RUNS = 0.2;

export function createPauses(world: World, door: Door): Pauses {
  const random = world.random.fork('pauses');
  const windows: Pause[] = [];
  let pending = 0;

  const pauseFor = async (forMs: number): Promise<void> => {
    const switching = { by: 'desk', key: 'desk', reason: null };
    const asked = await door.ask('pause', (app) => pausePayments(app, switching));
    const from = world.now();
    await world.sleep(forMs, 'the pause ends');
    if (asked.kind === 'answered') windows.push({ from, until: world.now() });
    for (let open = true; open; ) {
      const resumed = await door.ask('resume', (app) => resumePayments(app, switching));
      open = resumed.kind !== 'answered';
      if (open) await world.sleep(1000, 'resume again');
    }
    pending -= 1;
  };

  if (random.chance(SHARE_OF_RUNS)) {
    const forMs = random.int(1000, random.pick([30_000, 40 * MINUTE]));
    pending += 1;
    world.in(random.int(0, MINUTE), 'an operator pauses', () => void pauseFor(forMs));
  }
  return { windows, pending: () => pending };
}
