import { expect, test } from 'vitest';
import { createSleeper } from '../../src/runner/sleeper.ts';

/** Far longer than a test may take: a sleep of this length has missed the wake. */
const TOO_LONG_MS = 600_000;

test('a sleep ends when it is woken', async () => {
  const sleeper = createSleeper();
  const sleep = sleeper.sleep(TOO_LONG_MS);
  sleeper.wake();
  await expect(sleep).resolves.toBeUndefined();
});

test('a wake before the sleep ends it immediately, unless it was reset', async () => {
  const sleeper = createSleeper();
  sleeper.wake();
  await expect(sleeper.sleep(TOO_LONG_MS)).resolves.toBeUndefined();
  sleeper.reset();
  const outcome = await Promise.race([sleeper.sleep(TOO_LONG_MS), Promise.resolve('asleep')]);
  expect(outcome).toBe('asleep');
  sleeper.wake();
});

test('a sleep ends by itself', async () => {
  await expect(createSleeper().sleep(1)).resolves.toBeUndefined();
});
