/**
 * Waits for a condition instead of for a time: looks often, and fails with what it saw last.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** At least five times what the service promises for anything that is waited for with it. */
export const DEADLINE_MS = 25_000;

/** Looks until something is there, and returns it; `look` answers null or false until then. */
export async function waitFor<T>(
  what: string,
  look: () => T | null | false | Promise<T | null | false>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
