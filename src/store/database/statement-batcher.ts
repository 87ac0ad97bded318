/**
 * Puts work that comes at the same time into one statement, which costs a fraction of what it costs
 * alone. Each piece is answered for itself, and only once the statement is committed.
 */

import { assert } from '../../lib/assert.ts';
import { isRefusal } from './pool.ts';

/** Begins when the work that came before it under the same key has ended, however that ended. */
export type KeyedMutex = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createKeyedMutex(): KeyedMutex {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}

export type Work<Item, Answer> = {
  /** Pieces of the same key build on each other: no two of them go into one statement. */
  keyOf(item: Item): string;
  /** One statement for all of them; answers in their order. */
  run(items: readonly Item[]): Promise<readonly Answer[]>;
  /** Pieces in one statement at most. */
  batchMax: number;
  /** How long a piece waits in line, in real time; simulations have none to measure it by. */
  waitMaxMs?: number;
};

/** Work that finds one of these free waits for nobody; with more, fewer would meet. */
const STATEMENTS_MAX = 2;

/**
 * As long as the pool lets a caller wait for a connection. While a server is gone without a word
 * its statements are stuck for longer, and the line would grow for as long as it is.
 */
const WAIT_MAX_MS = 5000;
const LOOK_EVERY_MS = 500;

/** Waiting is what makes statements meet; only from here on it is too long. */
const LONG_MS = 1000;

export type StatementBatcher<Item, Answer> = {
  /** Does a piece alone, or with others that came at the same time. */
  add(item: Item): Promise<Answer>;
  /** How many have waited in line for longer than they should. */
  waitingLong(): number;
};

type Waiting<Item, Answer> = {
  item: Item;
  since: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

type Line<Item, Answer> = readonly Waiting<Item, Answer>[];

/** Nothing of it was sent. The code is what makes it an answer that the database is away. */
const waitedTooLong = (): Error =>
  Object.assign(new Error('The statements before it took too long.'), { code: 'ETIMEDOUT' });

/** The first pieces of the line, no two of one key, and the line without them. */
function takeFrom<Item, Answer>(
  line: Line<Item, Answer>,
  { keyOf, batchMax }: Work<Item, Answer>,
): [taken: Line<Item, Answer>, left: Waiting<Item, Answer>[]] {
  const taken = new Map<string, Waiting<Item, Answer>>();
  const passed: Waiting<Item, Answer>[] = [];
  for (const waiting of line) {
    if (taken.size === batchMax) break;
    const key = keyOf(waiting.item);
    if (taken.has(key)) passed.push(waiting);
    else taken.set(key, waiting);
  }
  return [[...taken.values()], passed.concat(line.slice(taken.size + passed.length))];
}

export function createStatementBatcher<Item, Answer>(
  work: Work<Item, Answer>,
): StatementBatcher<Item, Answer> {
  const { waitMaxMs = WAIT_MAX_MS } = work;
  let line: Waiting<Item, Answer>[] = [];
  let statements = 0;
  let looking: NodeJS.Timeout | null = null;

  const settle = async (batch: Line<Item, Answer>): Promise<void> => {
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
    while (line.length > 0) {
      const [taken, left] = takeFrom(line, work);
      line = left;
      await settle(taken);
    }
    statements -= 1;
  };

  const waitingFor = (ms: number): Line<Item, Answer> => {
    const before = performance.now() - ms;
    return line.filter(({ since }) => since <= before);
  };

  const look = (): void => {
    looking = null;
    const late = waitingFor(waitMaxMs);
    line = line.slice(late.length);
    for (const { reject } of late) reject(waitedTooLong());
    if (line.length > 0) lookLater();
  };
  const lookLater = (): void => {
    looking ??= setTimeout(look, LOOK_EVERY_MS).unref();
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        line.push({ item, since: performance.now(), resolve, reject });
        if (statements < STATEMENTS_MAX) void send();
        else lookLater();
      }),
    waitingLong: () => waitingFor(LONG_MS).length,
  };
}
