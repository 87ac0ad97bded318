/**
 * What the command prints: figures over all runs, and one line for each violation with what replays
 * it.
 */

import { faultKinds } from './weather.ts';
import type { Answer } from './worker.ts';

export type Summary = {
  add(answer: Answer): void;
  /** Lines to print at the end. */
  lines(): string[];
  isClean(): boolean;
};

const HOUR_MS = 3_600_000;

export const replay = (seed: number): string => `npm run simulate -- --seed ${seed}`;

/** One line for each violation of a run, or one for a run that broke. */
export function badLines(answer: Answer): string[] {
  if (answer.kind === 'broken') return [`seed ${answer.seed}: the run broke: ${answer.error}`];
  const { seed, violations } = answer.report;
  return violations.map(
    ({ rule, payoutId, what }) =>
      `seed ${seed}: rule ${rule}: ${payoutId}: ${what} (replay: ${replay(seed)})`,
  );
}

export function createSummary(): Summary {
  const faults = new Map<string, number>();
  const ends = new Map<string, number>();
  const bad: string[] = [];
  const sums = { runs: 0, payouts: 0, crashes: 0, events: 0, simulatedMs: 0 };
  const count = (into: Map<string, number>, entries: readonly [string, number][]): void => {
    for (const [name, by] of entries) into.set(name, (into.get(name) ?? 0) + by);
  };
  return {
    add: (answer) => {
      sums.runs += 1;
      bad.push(...badLines(answer));
      if (answer.kind === 'broken') return;
      const { report } = answer;
      sums.payouts += report.payouts;
      sums.crashes += report.crashes;
      sums.events += report.events;
      sums.simulatedMs += report.simulatedMs;
      count(faults, report.faults);
      count(ends, report.ends);
    },
    isClean: () => bad.length === 0,
    lines: () => {
      const hours = Math.round(sums.simulatedMs / HOUR_MS);
      const kinds = [...faultKinds].map((kind) => `  ${kind}: ${faults.get(kind) ?? 0}`);
      const total = [...faults.values()].reduce((sum, by) => sum + by, 0);
      return [
        `${sums.runs} runs: ${sums.payouts} payouts, ${total} faults, ${sums.crashes} crashes,` +
          ` ${hours} simulated hours, ${sums.events} events`,
        `ends: ${[...ends]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([end, by]) => `${end} ${by}`)
          .join(', ')}`,
        'faults by kind:',
        ...kinds,
        ...bad,
        bad.length === 0 ? 'no violation' : `${bad.length} violations`,
      ];
    },
  };
}
