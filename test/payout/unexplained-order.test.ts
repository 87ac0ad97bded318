/** What ends a payout as not paid, although its own commands are not on record. */

import { describe, expect, test } from 'vitest';
import type { History } from '../../src/payout/model/decision.ts';
import { DAY_MS, DECLINED, HOUR_MS, START, storyIn, tellStory } from '../support/payouts.ts';

const restored: History = {
  epoch: 2,
  startedAt: START + DAY_MS,
  isOpen: false,
  repliesFrom: 0,
};

const named = (orderId: string) =>
  ({ kind: 'callback_received', status: 'approved', type: null, later: false, orderId }) as const;

/** A payout whose payout-check is lost, if there was one. */
const unchecked = () =>
  storyIn.requested().wait(DAY_MS).surroundedBy({ history: restored }).wait(HOUR_MS);

describe('a negative status that no payout-check on record explains', () => {
  test.each([
    ['another amount', { amount: '1.00' }],
    ['another currency', { currency: 'USD' }],
    ['no amount', { amount: null }],
    ['no currency', { currency: null }],
  ])('with %s and without an order id ends nothing', (_what, money) => {
    const story = unchecked().reports({ ...DECLINED, orderId: null, ...money });
    expect([story.status, story.letters]).toEqual(['processing', '']);
    expect(story.codes).toContain('order_adopted');
    expect(story.resolves('not_paid').kind).toBe('applied');
    expect([story.status, story.letters]).toEqual(['declined', 'J']);
  });

  test('without any loss it is compared too', () => {
    const story = tellStory()
      .wait(HOUR_MS)
      .reports({ ...DECLINED, orderId: null, amount: '1.00' });
    expect([story.status, story.letters]).toEqual(['processing', '']);
  });

  test('with our amount and currency ends the payout, also without an order id', () => {
    const story = unchecked().reports({ ...DECLINED, orderId: null });
    expect([story.status, story.letters]).toEqual(['declined', 'J']);
  });

  test('of one order ends nothing where a callback named another one', () => {
    const story = unchecked().applied(named('7002')).reports(DECLINED);
    expect([story.status, story.letters]).toEqual(['processing', '']);
    expect(story.codes).toEqual(expect.arrayContaining(['second_order', 'order_adopted']));
    expect(story.resolves('not_paid').kind).toBe('applied');
  });
});
