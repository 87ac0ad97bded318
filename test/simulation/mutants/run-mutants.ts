/**
 * Plants each bug in a copy of the repository's source and runs seeds on it until the audit reports
 * a violation. The copy is below the repository, where Node finds its packages, in a folder that
 * git ignores. `plant.ts` changes the copy.
 */

import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startWorker } from '../pool.ts';
import { replay } from '../summary.ts';
import type { Answer } from '../worker.ts';
import { mutants } from './all.ts';
import type { Mutant } from './mutant.ts';
import { plantChange } from './plant.ts';

export type Caught =
  | { kind: 'caught'; seed: number; what: string; tried: number }
  | { kind: 'missed'; tried: number }
  | { kind: 'not_applicable'; why: string };

/** A guard that no run of this many notices is not covered by this simulation. */
export const SEEDS_MAX = 300;

/** Copies the source and changes it. */
async function plant(repository: string, folder: string, { changes }: Mutant): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const part of ['src', 'test/simulation', 'test/support', 'package.json']) {
    await cp(join(repository, part), join(folder, part), { recursive: true });
  }
  for (const change of changes) await plantChange(folder, change);
}

/** The violation that shows the missing guard; null where the run was clean or broke otherwise. */
function violationOf(answer: Answer, { rules }: Mutant): string | null {
  if (answer.kind === 'broken') return null;
  const found = answer.report.violations.find(({ rule }) => rules.includes(rule));
  return found === undefined ? null : `rule ${found.rule}: ${found.what}`;
}

/** Runs seeds on a planted copy until one of them is caught; a run that breaks catches nothing. */
async function hunt(
  folder: string,
  connectionString: string,
  mutant: Mutant,
  seedsMax: number,
): Promise<Caught> {
  const others = Array.from({ length: seedsMax }, (_, index) => index + 1);
  const known = mutant.seed === null ? [] : [mutant.seed];
  const seeds = [...known, ...others.filter((seed) => seed !== mutant.seed)].slice(0, seedsMax);
  let worker = startWorker(folder, connectionString);
  let broken: string | null = null;
  try {
    for (const [index, seed] of seeds.entries()) {
      const answer = await worker.run(seed);
      const what = violationOf(answer, mutant);
      if (what !== null) return { kind: 'caught', seed, what, tried: index + 1 };
      if (answer.kind !== 'broken') continue;
      if (broken !== null) return { kind: 'not_applicable', why: answer.error };
      broken = answer.error;
      await worker.end();
      worker = startWorker(folder, connectionString);
    }
    return { kind: 'missed', tried: seeds.length };
  } finally {
    await worker.end();
  }
}

/** Plants one bug and looks for a seed that catches it. */
export async function catchMutant(
  repository: string,
  connectionString: string,
  mutant: Mutant,
  seedsMax: number = SEEDS_MAX,
): Promise<Caught> {
  const folder = join(repository, 'data', `mutant-${process.pid}-${mutant.name}`);
  try {
    await plant(repository, folder, mutant);
    return await hunt(folder, connectionString, mutant, seedsMax);
  } catch (error) {
    return { kind: 'not_applicable', why: error instanceof Error ? error.message : 'failed' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const lineOf = ({ name, guard }: Mutant, caught: Caught): string => {
  const head = `${name}: without: ${guard}`;
  switch (caught.kind) {
    case 'caught':
      return `caught  ${head} -> ${caught.what} (${replay(caught.seed)}, ${caught.tried} tried)`;
    case 'missed':
      return `MISSED  ${head} (${caught.tried} seeds)`;
    case 'not_applicable':
      return `BROKEN  ${head}: ${caught.why}`;
  }
};

/** Hunts all bugs, or those whose name contains `only`; whether all were caught. */
export async function runMutants({
  repository,
  databases,
  only,
  tries,
  say,
}: {
  repository: string;
  databases: readonly string[];
  only: string | null;
  tries: number;
  say: (line: string) => void;
}): Promise<boolean> {
  const queue = mutants.filter(({ name }) => only === null || name.includes(only));
  const total = queue.length;
  let caughtCount = 0;
  const work = async (connectionString: string): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const caught = await catchMutant(repository, connectionString, mutant, tries);
      if (caught.kind === 'caught') caughtCount += 1;
      say(lineOf(mutant, caught));
    }
  };
  await Promise.all(databases.map(work));
  say(`${caughtCount} of ${total} planted bugs caught`);
  return caughtCount === total;
}
