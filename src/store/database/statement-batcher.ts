/**
 * Puts work that arrives at the same time into one statement, which costs a fraction of separate
 * ones. Each caller gets its own answer, and only after the statement is committed.
 */

import { assert } from '../../lib/assert.ts';
import { isRefusal } from './pool.ts';

/** Runs work when the earlier work of the same key has ended, whether it succeeded or failed. */
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
  /** How long a piece waits in the queue, in real time; simulations do not measure it. */
  waitMaxMs?: number;
};

/**
 * Work that finds one of these free starts immediately; with more of them, fewer pieces would share
 * a statement.
 */
const STATEMENTS_MAX = 2;

/**
 * As long as the pool lets a caller wait for a connection. While a server is gone without an
 * answer, its statements are stuck for longer than that, and the queue would keep growing.
 */
const WAIT_MAX_MS = 5000;
const LOOK_EVERY_MS = 500;

/** Waiting lets statements be shared; from here on it is too long. */
const LONG_MS = 1000;

export type StatementBatcher<Item, Answer> = {
  /** Runs a piece alone, or with others that arrived at the same time. */
  add(item: Item): Promise<Answer>;
  /** How many pieces have waited in the queue for longer than they should. */
  waitingLong(): number;
};

type Waiting<Item, Answer> = {
  item: Item;
  since: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

type Queue<Item, Answer> = readonly Waiting<Item, Answer>[];

/** Nothing was sent to the server. The code marks the error as one of a database that is away. */
const waitedTooLong = (): Error =>
  Object.assign(new Error('The statements before it took too long.'), { code: 'ETIMEDOUT' });

/** The first pieces of the queue, no two of one key, and the queue without them. */
function takeFrom<Item, Answer>(
  queue: Queue<Item, Answer>,
  { keyOf, batchMax }: Work<Item, Answer>,
): [taken: Queue<Item, Answer>, left: Waiting<Item, Answer>[]] {
  const taken = new Map<string, Waiting<Item, Answer>>();
  const passed: Waiting<Item, Answer>[] = [];
  for (const waiting of queue) {
    if (taken.size === batchMax) break;
    const key = keyOf(waiting.item);
    if (taken.has(key)) passed.push(waiting);
    else taken.set(key, waiting);
  }
  return [[...taken.values()], passed.concat(queue.slice(taken.size + passed.length))];
}

export function createStatementBatcher<Item, Answer>(
  work: Work<Item, Answer>,
): StatementBatcher<Item, Answer> {
  const { waitMaxMs = WAIT_MAX_MS } = work;
  let queue: Waiting<Item, Answer>[] = [];
  let statements = 0;
  let looking: NodeJS.Timeout | null = null;

  const settle = async (batch: Queue<Item, Answer>): Promise<void> => {
    try {
      const answers = await work.run(batch.map(({ item }) => item));
      assert(answers.length === batch.length, 'a statement for several answered for others');
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      // The server refused the statement, so that nothing of it is saved: each piece runs again
      // alone, so that only the one at fault fails, and only that one waits for a lock once more.
      // Any other error leaves the outcome of all of them unknown, as it does for a piece that runs
      // alone.
      if (batch.length > 1 && isRefusal(error)) {
        await Promise.all(batch.map((waiting) => settle([waiting])));
      } else for (const { reject } of batch) reject(error);
    }
  };

  const send = async (): Promise<void> => {
    statements += 1;
    while (queue.length > 0) {
      const [taken, left] = takeFrom(queue, work);
      queue = left;
      await settle(taken);
    }
    statements -= 1;
  };

  const waitingFor = (ms: number): Queue<Item, Answer> => {
    const before = performance.now() - ms;
    return queue.filter(({ since }) => since <= before);
  };

  const look = (): void => {
    looking = null;
    const late = waitingFor(waitMaxMs);
    queue = queue.slice(late.length);
    for (const { reject } of late) reject(waitedTooLong());
    if (queue.length > 0) lookLater();
  };
  const lookLater = (): void => {
    looking ??= setTimeout(look, LOOK_EVERY_MS).unref();
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, since: performance.now(), resolve, reject });
        if (statements < STATEMENTS_MAX) void send();
        else lookLater();
      }),
    waitingLong: () => waitingFor(LONG_MS).length,
  };
}
