/**
 * Payouts that wait because the gateway refused many others in a row.
 */

import { expect, test } from 'vitest';
import { MINUTE_MS, SECOND_MS, storyIn, tellStory } from '../support/payouts.ts';

const held = { kind: 'held', code: 'checks_paused' } as const;

test('one that is held looks again after half a minute at first, then ever more rarely', () => {
  const story = tellStory().applied(held);
  const waits = Array.from({ length: 10 }, () => {
    const waitMs = story.dueInMs();
    // A payout that is no longer new is looked up before it may be checked.
    story.wait(waitMs).refusesLookup().applied(held);
    return waitMs;
  });
  expect(waits[0]).toBeGreaterThanOrEqual(30 * SECOND_MS);
  expect(waits[0]).toBeLessThanOrEqual(45 * SECOND_MS);
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
  expect(waits.at(-1)).toBeLessThanOrEqual(15 * MINUTE_MS);
});

test('it is shown once, however often it is held', () => {
  const story = tellStory().applied(held);
  const { version, attention } = story.payout;
  story.wait(MINUTE_MS).applied(held);
  expect(story.payout).toMatchObject({ version, attention });
});

test('it goes away with the payout-check', () => {
  const story = tellStory().applied(held);
  story.intendsCheck();
  expect(story.codes).toEqual([]);
});

test('no other code holds a payout before payout-check, and this one none after it', () => {
  expect(tellStory().applied({ kind: 'held', code: 'paused' }).codes).toEqual([]);
  expect(storyIn.bank_confirmed().applied(held).codes).toEqual([]);
});
