/** After a lost connection nothing is paid on a reply that was requested before it. */

import { expect, test } from 'vitest';
import { createRepliesFrom } from '../../src/service/database/replies-from.ts';

function createLine() {
  let losses = 0;
  let now = 1000;
  const repliesFrom = createRepliesFrom({ losses: () => losses, now: () => now });
  return {
    ...repliesFrom,
    losses: () => losses,
    lose: () => void (losses += 1),
    passTo: (at: number) => void (now = at),
  };
}

test('every reply counts while no connection was lost', () => {
  const line = createLine();
  line.confirm(0);
  expect(line.at()).toBe(0);
});

test('no reply counts after a loss, until a statement that was begun after it succeeds', () => {
  const line = createLine();
  const begunBefore = line.losses();
  line.lose();
  expect(line.at()).toBe(Number.POSITIVE_INFINITY);
  line.confirm(begunBefore);
  expect(line.at()).toBe(Number.POSITIVE_INFINITY);
  line.passTo(5000);
  line.confirm(line.losses());
  expect(line.at()).toBe(5001);
  line.passTo(9000);
  line.confirm(line.losses());
  expect(line.at()).toBe(5001);
});

test('the line never goes back, also where the clock does', () => {
  const line = createLine();
  line.lose();
  line.passTo(9000);
  line.confirm(1);
  line.lose();
  line.passTo(4000);
  line.confirm(2);
  expect(line.at()).toBe(9001);
});
