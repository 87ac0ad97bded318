/**
 * An order that shows its payment while no payout-pay is on record, before the bank's confirmation
 * was seen: it may be paid, so nothing is paid next to it and no end without payment is told.
 */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  EXPIRY_MS,
  HOUR_MS,
  MINUTE_MS,
  PAYING,
  SECOND_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const FORM = { redirectTo: 'https://bank.example/form' };
const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;
const reject = { kind: 'rejected', by: 'till' } as const;

describe.each(['checking', 'bank_confirming'] as const)('in %s, a stage of payment', (status) => {
  test.each([cancel, reject])('makes $kind a wish, which the end decides', (stop) => {
    const story = storyIn[status]().wait(MINUTE_MS).reports(PAYING);
    expect(story.happen(stop)).toMatchObject({ kind: 'refused', code: 'not_cancelable' });
    story.wait(SECOND_MS).reports(PAYING).failsToSay();
    expect([story.status, story.letters]).toEqual(['bank_confirming', '']);
    story.reports(APPROVED);
    expect([story.status, story.letters]).toEqual(['processing', '']);
  });

  test('that was one of the check after all lets the wish be carried out', () => {
    const story = storyIn[status]().wait(MINUTE_MS).reports({ stage: 'payout_filtering' });
    story.happen(cancel);
    expect(story.dueInMs()).toBe(0);
    expect(story.reports({}).letters).toBe('C');
  });

  test('delays an expiry too', () => {
    const story = tellStory({ release: 'on_authorization' });
    story.checked().reports(PAYING).wait(EXPIRY_MS).reports(PAYING);
    expect([story.status, story.letters]).toEqual(['bank_confirming', '']);
    expect(story.dueInMs()).toBeGreaterThan(0);
    expect(story.reports({}).letters).toBe('C');
  });

  test('followed by an error whose result is unknown ends nothing', () => {
    const story = storyIn[status]().wait(MINUTE_MS).reports(PAYING);
    story.reports({ status: 'error', stage: 'payout_error' });
    expect([story.status, story.letters, story.codes]).toEqual([
      'processing',
      '',
      ['gateway_error'],
    ]);
  });

  test('that lasts is for the operator to resolve', () => {
    const story = storyIn[status]().wait(MINUTE_MS).reports(PAYING);
    expect(story.reports(PAYING).resolves('not_paid').kind).toBe('refused');
    story.saysOften(PAYING, 2, 10 * MINUTE_MS);
    expect(story.codes).toContain('unlisted_answer');
    expect(story.resolves('not_paid').kind).toBe('applied');
    expect([story.status, story.letters]).toEqual(['declined', 'J']);
  });
});

describe.each(['checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'in %s, a form, which appears after payout-pay,',
  (status) => {
    test.each([VALIDATED, PAYING, {}])('shows a payment that is not on record', (reply) => {
      const story = storyIn[status]().wait(MINUTE_MS);
      story.reports({ ...reply, ...FORM });
      expect(story.tryPay().kind).toBe('refused');
      expect([story.status, story.codes]).toEqual(['processing', ['payment_not_on_record']]);
      expect(story.happen(cancel).kind).toBe('refused');
      expect(story.letters).toBe('');
    });
  },
);

describe.each(['requested', 'checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'in %s, a reversal, which follows a payment,',
  (status) => {
    const reversed = () =>
      storyIn[status]()
        .wait(MINUTE_MS)
        .reports({ ...APPROVED, transactionType: 'reversal' });

    test('makes a cancel a wish', () => {
      const story = reversed();
      expect(story.happen(cancel)).toMatchObject({ kind: 'refused', code: 'not_cancelable' });
      expect([story.failsToSay().letters, story.codes]).toEqual(['', ['later_event']]);
    });

    test('lets no command leave', () => {
      const story = reversed();
      expect(story.tryCheck().kind).toBe('refused');
      expect(story.tryPay().kind).toBe('refused');
    });

    test.each([
      ['paid', 'approved', 'Y'],
      ['not_paid', 'canceled', 'C'],
    ] as const)('is for the operator to resolve as %s', (finding, end, letters) => {
      const story = reversed();
      story.happen(cancel);
      story.wait(HOUR_MS).reports({ ...APPROVED, transactionType: 'reversal' });
      if (finding === 'not_paid') story.reports({ ...VALIDATED, transactionType: 'reversal' });
      expect(story.resolves(finding).kind).toBe('applied');
      expect([story.status, story.letters]).toEqual([end, letters]);
    });
  },
);
