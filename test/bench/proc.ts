/**
 * What processes cost, from /proc: CPU time and the peak of their memory. Linux only.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which Linux has fixed at 100: one tick is 10 ms. */
const TICK_MS = 10;

type Stat = { parent: number; ownMs: number; withEndedChildrenMs: number };

/** Null where the process has ended meanwhile. */
function statOf(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in brackets may hold blanks; numbers begin behind it, with the state as field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const ownMs = (field(14) + field(15)) * TICK_MS;
  return {
    parent: field(4),
    ownMs,
    withEndedChildrenMs: ownMs + (field(16) + field(17)) * TICK_MS,
  };
}

export const cpuMs = (pid: number): number => statOf(pid)?.ownMs ?? 0;

/** A server and all its processes, those that ended included. */
export function familyCpuMs(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  const childrenMs = children.reduce((sum, stat) => sum + (stat?.ownMs ?? 0), 0);
  return (statOf(pid)?.withEndedChildrenMs ?? 0) + childrenMs;
}

export const parentOf = (pid: number): number => statOf(pid)?.parent ?? 0;

/** The most memory a process ever held, in megabytes. */
export function peakMb(pid: number): number {
  const [, kilobytes = '0'] =
    /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
