import { expect, test } from 'vitest';
import { createSleeper } from '../../src/runner/sleeper.ts';

/** Far longer than a test may take: who sleeps it out has missed the ring. */
const FOR_EVER_MS = 600_000;

test('a nap ends when somebody rings', async () => {
  const sleeper = createSleeper();
  const sleep = sleeper.sleep(FOR_EVER_MS);
  sleeper.wake();
  await expect(sleep).resolves.toBeUndefined();
});

test('a ring before the sleep ends it at once, unless it was reset', async () => {
  const sleeper = createSleeper();
  sleeper.wake();
  await expect(sleeper.sleep(FOR_EVER_MS)).resolves.toBeUndefined();
  sleeper.reset();
  const outcome = await Promise.race([sleeper.sleep(FOR_EVER_MS), Promise.resolve('asleep')]);
  expect(outcome).toBe('asleep');
  sleeper.wake();
});

test('a nap ends by itself', async () => {
  await expect(createSleeper().sleep(1)).resolves.toBeUndefined();
});
