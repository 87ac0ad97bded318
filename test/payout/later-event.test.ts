import { describe, expect, test } from 'vitest';
import { isLaterEvent } from '../../src/payout/model/reply.ts';
import { APPROVED, MINUTE_MS, storyIn } from '../support/payouts.ts';

test.each([
  ['reversal', true],
  ['CHARGEBACK', true],
  ['payout_reversal', true],
  ['partial-refund', true],
  ['Return', true],
  ['cancel', true],
  ['void', true],
  ['dispute', true],
  ['fraud', true],
  ['retrieval', true],
  ['payout', false],
  ['payout-check', false],
  ['transfer', false],
  ['', false],
  [null, false],
])('whether the type %s names a later event: %s', (type, expected) => {
  expect(isLaterEvent(type)).toBe(expected);
});

describe.each(['paying', 'processing', 'awaiting_receiver'] as const)('in %s', (status) => {
  test.each(['cancel', 'void', 'dispute', 'reversal'])(
    'an approved %s is no approved payout',
    (transactionType) => {
      const story = storyIn[status]().wait(MINUTE_MS);
      const { letters } = story;
      story.reports({ ...APPROVED, transactionType });
      expect([story.status, story.letters, story.codes]).toEqual([
        status,
        letters,
        ['later_event'],
      ]);
    },
  );

  test.each([
    ['declined', 'reversal_declined'],
    ['approved', 'reversal_approved'],
    ['approved', 'cancel_approved'],
    ['approved', 'void_approved'],
    ['filtered', 'refund_filtered'],
  ])('%s in stage %s is no result of the payout, without a transaction type', (said, stage) => {
    const story = storyIn[status]().wait(MINUTE_MS);
    const { letters } = story;
    story.reports({ status: said, stage, transactionType: null });
    expect([story.status, story.letters, story.codes]).toEqual([status, letters, ['later_event']]);
    expect(story.payout.attention[0]?.detail).toBe(stage);
  });
});

test.each(['payout_cancelled', 'payout_declined'])('%s is a result of the payout', (stage) => {
  const story = storyIn.processing().reports({ status: 'declined', stage, transactionType: null });
  expect([story.status, story.codes]).toEqual(['declined', []]);
});

test('a later event contradicts no final status', () => {
  const story = storyIn.approved().wait(MINUTE_MS);
  story.reports({ status: 'declined', stage: 'reversal_declined', transactionType: null });
  expect([story.payout.moneyMoved, story.codes]).toEqual(['yes', ['later_event']]);
});
