/**
 * Puts work that comes at the same time into one statement, which costs a fraction of what it costs
 * alone. Each piece is answered for itself, and only once the statement is committed.
 */

import { assert } from '../lib/assert.ts';
import { isRefusal } from './pool.ts';

export type Work<Item, Answer> = {
  /** Pieces of the same key build on each other: no two of them go into one statement. */
  keyOf(item: Item): string;
  /** One statement for all of them; answers in their order. */
  run(items: readonly Item[]): Promise<readonly Answer[]>;
  /** Pieces in one statement at most. */
  togetherMax: number;
};

/** Work that finds one of these free waits for nobody; with more, fewer would meet. */
const STATEMENTS_MAX = 2;

type Waiting<Item, Answer> = {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/** Takes the first pieces out of the line, no two of one key. */
function takeFrom<Item, Answer>(
  line: Waiting<Item, Answer>[],
  { keyOf, togetherMax }: Work<Item, Answer>,
): Waiting<Item, Answer>[] {
  const taken = new Map<string, Waiting<Item, Answer>>();
  const left: Waiting<Item, Answer>[] = [];
  for (const waiting of line) {
    const key = keyOf(waiting.item);
    if (taken.size < togetherMax && !taken.has(key)) taken.set(key, waiting);
    else left.push(waiting);
  }
  line.splice(0, line.length, ...left);
  return [...taken.values()];
}

/** Does each piece alone, or with others that came at the same time. */
export function createTogether<Item, Answer>(
  work: Work<Item, Answer>,
): (item: Item) => Promise<Answer> {
  const line: Waiting<Item, Answer>[] = [];
  let statements = 0;

  const settle = async (batch: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await work.run(batch.map(({ item }) => item));
      assert(answers.length === batch.length, 'a statement for several answered for others');
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      // The server refused the statement, so that nothing of it is done: only the piece that is to
      // blame may fail, and only it waits for a lock once more. Anything else leaves all of them
      // unknown, as it does for one that goes alone.
      if (batch.length > 1 && isRefusal(error)) {
        await Promise.all(batch.map((waiting) => settle([waiting])));
      } else for (const { reject } of batch) reject(error);
    }
  };

  const send = async (): Promise<void> => {
    statements += 1;
    while (line.length > 0) await settle(takeFrom(line, work));
    statements -= 1;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      line.push({ item, resolve, reject });
      if (statements < STATEMENTS_MAX) void send();
    });
}
