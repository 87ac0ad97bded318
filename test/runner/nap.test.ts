import { expect, test } from 'vitest';
import { createNap } from '../../src/runner/nap.ts';

/** Far longer than a test may take: who sleeps it out has missed the ring. */
const FOR_EVER_MS = 600_000;

test('a nap ends when somebody rings', async () => {
  const nap = createNap();
  const sleep = nap.sleep(FOR_EVER_MS);
  nap.ring();
  await expect(sleep).resolves.toBeUndefined();
});

test('a ring before the sleep ends it at once, unless it was reset', async () => {
  const nap = createNap();
  nap.ring();
  await expect(nap.sleep(FOR_EVER_MS)).resolves.toBeUndefined();
  nap.reset();
  const outcome = await Promise.race([nap.sleep(FOR_EVER_MS), Promise.resolve('asleep')]);
  expect(outcome).toBe('asleep');
  nap.ring();
});

test('a nap ends by itself', async () => {
  await expect(createNap().sleep(1)).resolves.toBeUndefined();
});
