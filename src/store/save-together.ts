/**
 * Saves that come at the same time go to the database in one statement, which costs a third of what
 * they cost alone. Each is answered for itself, and only once it is committed.
 */

import { type Save, savePayouts } from './payouts.ts';
import { isRefusal, type Queryable } from './pool.ts';

/** Answers whether the payout was saved, like `savePayout`. */
export type Saver = (save: Save) => Promise<boolean>;

/** A save that finds one of these free waits for nobody; with more, fewer would meet. */
const STATEMENTS_MAX = 2;
/** About 50 kB of parameters. */
const TOGETHER_MAX = 25;

type Waiting = {
  save: Save;
  resolve: (saved: boolean) => void;
  reject: (error: unknown) => void;
};

/** Takes the first saves out of the line, no two of one payout: they build on each other. */
function takeFrom(line: Waiting[]): Waiting[] {
  const taken = new Map<string, Waiting>();
  const left: Waiting[] = [];
  for (const waiting of line) {
    const { id } = waiting.save.payout;
    if (taken.size < TOGETHER_MAX && !taken.has(id)) taken.set(id, waiting);
    else left.push(waiting);
  }
  line.splice(0, line.length, ...left);
  return [...taken.values()];
}

export function createSaver(db: Queryable): Saver {
  const line: Waiting[] = [];
  let statements = 0;

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const saves = batch.map(({ save }) => save);
      const saved = await savePayouts(db, saves, null);
      for (const { save, resolve } of batch) resolve(saved.has(save.payout.id));
    } catch (error) {
      // The server refused the statement, so none of them is saved: only the one that is to blame
      // may fail, and only it waits for a lock once more. Anything else leaves it unknown, as it
      // does for a save that goes alone.
      if (batch.length > 1 && isRefusal(error)) {
        await Promise.all(batch.map((waiting) => settle([waiting])));
      } else for (const { reject } of batch) reject(error);
    }
  };

  const send = async (): Promise<void> => {
    statements += 1;
    while (line.length > 0) await settle(takeFrom(line));
    statements -= 1;
  };

  return (save) =>
    new Promise((resolve, reject) => {
      line.push({ save, resolve, reject });
      if (statements < STATEMENTS_MAX) void send();
    });
}
