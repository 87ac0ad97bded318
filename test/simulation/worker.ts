/**
 * A process that runs seeds: told each by its parent, answers with the report. Started with the
 * address of its database as the only argument.
 */

import { openRunDatabase, type Report, runSeed } from './run.ts';

/** What travels between the processes, as plain data. */
export type Answer =
  | { kind: 'report'; report: PlainReport }
  /** The run itself broke: a bug of the simulation, or one that no rule has a number for. */
  | { kind: 'broken'; seed: number; error: string };

export type PlainReport = Omit<Report, 'faults' | 'ends'> & {
  faults: [string, number][];
  ends: [string, number][];
};

const [connectionString] = process.argv.slice(2);
if (connectionString === undefined) throw new Error('the address of a database is missing');
const real = openRunDatabase(connectionString);

async function answer(seed: number): Promise<Answer> {
  try {
    const report = await runSeed(seed, real);
    return {
      kind: 'report',
      report: { ...report, faults: [...report.faults], ends: [...report.ends] },
    };
  } catch (error) {
    return { kind: 'broken', seed, error: error instanceof Error ? String(error.stack) : 'broken' };
  }
}

process.on('message', (seed: number) => {
  void answer(seed).then((said) => process.send?.(said));
});
process.on('disconnect', () => void real.close());
