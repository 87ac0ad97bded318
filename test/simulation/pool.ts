/**
 * Worker processes that run seeds one after the other, each on its own database.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from './worker.ts';

export type Worker = {
  run(seed: number): Promise<Answer>;
  end(): Promise<void>;
};

/** The longest of the first 80 seeds takes 9 s, and ten times that on a machine under load. */
const HANGS_AFTER_MS = 300_000;

/** Starts the worker of this folder, which may be a changed copy of the repository. */
export function startWorker(folder: string, connectionString: string): Worker {
  const child = fork(`${folder}/test/simulation/worker.ts`, [connectionString], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    run: async (seed) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS);
      const answered = once(child, 'message');
      child.send(seed);
      const ended = exited.then(
        (): Answer => ({ kind: 'broken', seed, error: 'the worker ended or hung' }),
      );
      const said = await Promise.race([answered.then(([message]): Answer => message), ended]);
      clearTimeout(timer);
      return said;
    },
    end: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Runs the seeds on these databases side by side; `onAnswer` may say that it is enough. */
export async function runSeeds(
  folder: string,
  databases: readonly string[],
  seeds: Iterable<number>,
  onAnswer: (answer: Answer) => 'go on' | 'enough',
): Promise<void> {
  const queue = seeds[Symbol.iterator]();
  let enough = false;
  const work = async (connectionString: string): Promise<void> => {
    let worker = startWorker(folder, connectionString);
    for (let next = queue.next(); !enough && next.done !== true; next = queue.next()) {
      const answer = await worker.run(next.value);
      enough ||= onAnswer(answer) === 'enough';
      if (answer.kind === 'broken') {
        await worker.end();
        worker = startWorker(folder, connectionString);
      }
    }
    await worker.end();
  };
  await Promise.all(databases.map(work));
}
