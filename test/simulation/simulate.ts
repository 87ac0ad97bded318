/**
 * The command: replays one seed, runs many, or shows that the planted bugs are caught.
 *
 *     npm run simulate -- --seed 7 [--trace]
 *     npm run simulate -- --count 2000 [--from 1]
 *     npm run simulate -- --mutants [--only lease-token] [--tries 300]
 */

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runMutants, SEEDS_MAX } from './mutants/run-mutants.ts';
import { runSeeds } from './pool.ts';
import { openRunDatabase, runSeed } from './run.ts';
import { startRunServer } from './server.ts';
import { badLines, createSummary } from './summary.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Each worker keeps one core busy together with its database; more of them only wait. */
const WORKERS_MAX = 2;
const PROGRESS_EVERY = 100;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    count: { type: 'string' },
    from: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    tries: { type: 'string' },
  },
});

async function replaySeed(seed: number, connectionString: string): Promise<boolean> {
  const real = openRunDatabase(connectionString);
  const echo = values.trace ? say : () => undefined;
  const report = await runSeed(seed, real, echo);
  await real.close();
  const plain = { ...report, faults: [...report.faults], ends: [...report.ends] };
  const summary = createSummary();
  summary.add({ kind: 'report', report: plain });
  for (const line of summary.lines()) say(line);
  say(`digest ${report.digest}`);
  return report.violations.length === 0;
}

async function runMany(from: number, count: number, databases: readonly string[]) {
  const startedAt = performance.now();
  const summary = createSummary();
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  let done = 0;
  await runSeeds(REPOSITORY, databases, seeds, (answer) => {
    summary.add(answer);
    done += 1;
    for (const line of badLines(answer)) say(line);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (done % PROGRESS_EVERY === 0) say(`${done} of ${count} runs after ${seconds} s`);
    return 'go on';
  });
  for (const line of summary.lines()) say(line);
  say(`${Math.round((performance.now() - startedAt) / 1000)} s`);
  return summary.isClean();
}

async function main(): Promise<boolean> {
  const workers = Math.min(WORKERS_MAX, availableParallelism());
  const server = await startRunServer(workers);
  const [first = ''] = server.databases;
  try {
    if (values.mutants) {
      const tries = Number(values.tries ?? SEEDS_MAX);
      const only = values.only ?? null;
      return await runMutants({
        repository: REPOSITORY,
        databases: server.databases,
        only,
        tries,
        say,
      });
    }
    if (values.seed !== undefined) return await replaySeed(Number(values.seed), first);
    return await runMany(Number(values.from), Number(values.count ?? '100'), server.databases);
  } finally {
    await server.stop();
  }
}

process.exitCode = (await main()) ? 0 : 1;
