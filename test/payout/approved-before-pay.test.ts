/** The words "approved before payout-pay": only a person ends such a payout. */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  DECLINED,
  EXPIRY_MS,
  PAYING,
  QUIET_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const early = () => storyIn.bank_confirming().reports(APPROVED);

describe.each(['checking', 'bank_confirming', 'bank_confirmed'] as const)('in %s', (status) => {
  test('it moves to processing, with attention and without a letter', () => {
    const story = storyIn[status]().reports(APPROVED);
    expect(story.status).toBe('processing');
    expect(story.payout.moneyMoved).toBe('unknown');
    expect(story.codes).toEqual(['approved_before_pay']);
    expect(story.letters).toBe('');
    expect(story.tryPay().kind).toBe('refused');
  });
});

test.each([APPROVED, DECLINED, PAYING, VALIDATED, { status: 'filtered' }, { status: 'unknown' }])(
  'no further reply ends it',
  (reply) => {
    const story = early().saysOften(reply, 3, QUIET_MS);
    expect(story.status).toBe('processing');
    expect(story.letters).toBe('');
    expect(story.codes).toContain('approved_before_pay');
  },
);

test('cancel, J and C are refused', () => {
  const by = 'platform';
  expect(early().happen({ kind: 'canceled', by, source: 'api' }).kind).toBe('refused');
  expect(early().happen({ kind: 'canceled', by, source: 'cashier' }).kind).toBe('refused');
  expect(early().happen({ kind: 'rejected', by }).kind).toBe('refused');
});

test('it does not expire, and is not due immediately again and again when it would have', () => {
  const story = tellStory({ release: 'on_authorization' }).checked().reports(APPROVED);
  story.wait(EXPIRY_MS).applied({ kind: 'time_passed' });
  expect(story.status).toBe('processing');
  expect(story.dueInMs()).toBeGreaterThan(0);
});

test('a reply that says approved is read before the expiry that it meets', () => {
  const story = tellStory({ release: 'on_authorization' })
    .checked()
    .wait(EXPIRY_MS)
    .reports(APPROVED);
  expect(story.status).toBe('processing');
  expect(story.letters, 'no C for money that may have moved').toBe('');
});

test('a person ends it as paid with Y alone, or as not paid with J alone', () => {
  const paid = early();
  expect(paid.resolves('paid').kind).toBe('applied');
  expect([paid.status, paid.letters, paid.codes]).toEqual(['approved', 'Y', []]);
  const notPaid = early().reports(PAYING);
  expect(notPaid.resolves('not_paid').kind).toBe('applied');
  expect([notPaid.status, notPaid.letters, notPaid.codes]).toEqual(['declined', 'J', []]);
});

test('as long as the gateway says approved, not paid is refused', () => {
  expect(early().resolves('not_paid').kind).toBe('refused');
});
