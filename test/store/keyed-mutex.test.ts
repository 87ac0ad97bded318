/**
 * Turns: work of one key goes one after the other, and all other work side by side.
 */

import { expect, test } from 'vitest';
import { createKeyedMutex } from '../../src/store/database/statement-batcher.ts';

/** Work that ends when it is told to. */
function work() {
  let end: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  let begun = false;
  return {
    run: () => {
      begun = true;
      return promise;
    },
    end,
    fail,
    isBegun: () => begun,
  };
}

/** Lets everything happen that is only a promise away. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the second of a key begins when the first has ended, another key immediately', async () => {
  const inTurn = createKeyedMutex();
  const [first, second, other] = [work(), work(), work()];
  const answers = [inTurn('a', first.run), inTurn('a', second.run), inTurn('b', other.run)];
  await settle();
  expect([first, second, other].map(({ isBegun }) => isBegun())).toEqual([true, false, true]);

  first.end('one');
  await settle();
  expect(second.isBegun()).toBe(true);

  second.end('two');
  other.end('three');
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three']);
});

test('work that fails fails only for its own caller', async () => {
  const inTurn = createKeyedMutex();
  const [first, second] = [work(), work()];
  const failing = inTurn('a', first.run);
  const next = inTurn('a', second.run);

  first.fail(new Error('no database'));
  await expect(failing).rejects.toThrow('no database');
  await settle();
  expect(second.isBegun()).toBe(true);

  second.end('done');
  expect(await next).toBe('done');
});
