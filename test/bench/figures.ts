/**
 * What was measured: kept in order, printed as a table, written as JSON. Nothing is judged here.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

export type Stat = { part: string; name: string; value: number; unit: string };

export type Figures = {
  add(part: string, name: string, value: number, unit: string): void;
  /** A figure of this run; null where its part did not run. */
  find(part: string, name: string): number | null;
  write(path: string): void;
};

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export function createFigures(print: (line: string) => void): Figures {
  const all: Stat[] = [];
  return {
    add: (part, name, value, unit) => {
      all.push({ part, name, value, unit });
      print(`${part.padEnd(12)} ${name.padEnd(56)} ${shown(value).padStart(9)} ${unit}`);
    },
    find: (part, name) =>
      all.find((stat) => stat.part === part && stat.name === name)?.value ?? null,
    write: (path) => {
      const machine = { cores: availableParallelism(), model: cpus()[0]?.model ?? 'unknown' };
      const report = { at: new Date().toISOString(), node: process.version, machine, figures: all };
      writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    },
  };
}

/** The value below which this share of the values lies; of sorted values the nearest one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
