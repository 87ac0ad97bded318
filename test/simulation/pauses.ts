/**
 * An operator who pauses payments for a while, in some runs, all of them or a part, and surely
 * resumes them.
 */

import {
  pausePartOfPayments,
  pausePayments,
  resumePartOfPayments,
  resumePayments,
} from '../../src/flow/api/pause-payments.ts';
import type { AppContext } from '../../src/flow/context.ts';
import type { PausedPart } from '../../src/store/partial-pauses.ts';
import type { Door } from './door.ts';
import type { World } from './world.ts';

/** `endpoint` is null where the pause is of all payments, or of a part that all belong to. */
export type Pause = { from: number; until: number; endpoint: string | null };

export type Pauses = {
  /** When payments were surely paused: from the answer to `pause` until `resume` was said. */
  windows: readonly Pause[];
  pending(): number;
};

const MINUTE = 60_000;
const SHARE_OF_RUNS = 0.2;
const SHARE_OF_PARTIAL = 0.15;
const PARTIAL_WITHIN_MS = [MINUTE, 20 * MINUTE] as const;

type Switches = {
  what: string;
  endpoint: string | null;
  pause(app: AppContext): Promise<unknown>;
  resume(app: AppContext): Promise<unknown>;
};

const switching = { by: 'desk', key: 'desk', reason: null };

const switchesOfAll: Switches = {
  what: '',
  endpoint: null,
  pause: (app) => pausePayments(app, switching),
  resume: (app) => resumePayments(app, switching),
};

const switchesOf = (part: PausedPart): Switches => ({
  what: ` of ${part.scope} ${part.value}`,
  endpoint: part.scope === 'endpoint' ? part.value : null,
  pause: (app) => pausePartOfPayments(app, part, switching),
  resume: (app) => resumePartOfPayments(app, part, switching),
});

export function createPauses(world: World, door: Door, endpoints: readonly string[]): Pauses {
  const random = world.random.fork('pauses');
  const windows: Pause[] = [];
  let pending = 0;

  const pauseFor = async (
    forMs: number,
    { what, endpoint, pause, resume }: Switches = switchesOfAll,
  ): Promise<void> => {
    const asked = await door.ask(`pause${what}`, pause);
    const from = world.now();
    await world.sleep(forMs, 'the pause ends');
    if (asked.kind === 'answered') windows.push({ from, until: world.now(), endpoint });
    for (let open = true; open; ) {
      const resumed = await door.ask(`resume${what}`, resume);
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
  // Another operator, whose pause may overlap the first one.
  const second = world.random.fork('partial pauses');
  if (second.chance(SHARE_OF_PARTIAL)) {
    const switches = switchesOf(
      second.pick<PausedPart>([
        { scope: 'endpoint', value: second.pick(endpoints) },
        { scope: 'currency', value: 'EUR' },
        { scope: 'api_key', value: 'platform' },
      ]),
    );
    const forMs = second.int(30_000, second.pick([5 * MINUTE, 40 * MINUTE]));
    const delayMs = second.int(0, second.pick(PARTIAL_WITHIN_MS));
    pending += 1;
    world.in(delayMs, `an operator pauses${switches.what}`, () => void pauseFor(forMs, switches));
  }
  return { windows, pending: () => pending };
}
