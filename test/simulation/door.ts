/**
 * The way from outside to any replica: callers, people, the gateway's callbacks. A request may
 * reach a process that is just crashing, and an answer may get lost although everything was done.
 */

import { RequestProblem } from '../../src/flow/api/request-problem.ts';
import type { AppContext } from '../../src/flow/context.ts';
import type { Replica } from './replica.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Reply<T> =
  | { kind: 'answered'; value: T }
  /** What HTTP would answer with 4xx. */
  | { kind: 'problem'; code: string }
  /** What HTTP would answer with 5xx. */
  | { kind: 'failed' }
  /** No answer came in time; whatever was requested may have been done. */
  | { kind: 'no_answer' };

export type Door = {
  ask<T>(label: string, act: (app: AppContext) => Promise<T>, creates?: boolean): Promise<Reply<T>>;
};

const TIMEOUT_MS = 20_000;
const TRAVEL_MS = [1, 60] as const;

export function createDoor(world: World, weather: Weather, replicas: readonly Replica[]): Door {
  const random = world.random.fork('door');
  const travel = (): number => random.int(...TRAVEL_MS);
  return {
    ask: <T>(label: string, act: (app: AppContext) => Promise<T>, creates = false) =>
      new Promise<Reply<T>>((resolve) => {
        let open = true;
        const end = (reply: Reply<T>): void => {
          if (!open) return;
          open = false;
          resolve(reply);
        };
        world.in(TIMEOUT_MS, `${label}: no answer`, () => end({ kind: 'no_answer' }));
        const { process, app, mayCreate } = random.pick(replicas);
        const ready = async (): Promise<AppContext> => {
          const serving = await app();
          if (creates) await mayCreate();
          return serving;
        };
        if (weather.happens('request_to_us_lost')) return;
        const answer = (reply: Reply<T>): void => {
          if (weather.happens('answer_of_ours_lost')) return;
          world.in(travel(), `${label}: ${reply.kind}`, () => end(reply));
        };
        process.deliver(travel(), label, () => {
          ready()
            .then(act)
            .then(
              (value) => answer({ kind: 'answered', value }),
              (error: unknown) => {
                if (error instanceof RequestProblem) answer({ kind: 'problem', code: error.code });
                else answer({ kind: 'failed' });
              },
            );
        });
      }),
  };
}
