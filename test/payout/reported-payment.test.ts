/** A cashier's Y that came before the payout ended unpaid: the contradiction stays to be seen. */

import { expect, test } from 'vitest';
import {
  DECLINED,
  EXPIRY_MS,
  MINUTE_MS,
  type Story,
  storyIn,
  tellStory,
} from '../support/payouts.ts';

const contradicts = (story: Story) =>
  story.payout.attention.map(({ code, detail }) => `${code}: ${detail}`);

test('an expiry does not hide that the cashier reported a payment', () => {
  const story = tellStory({ release: 'on_authorization' }).confirmed();
  story.cashierReports('Y').wait(EXPIRY_MS).applied({ kind: 'time_passed' });
  expect([story.status, story.letters]).toEqual(['expired', 'C']);
  expect(contradicts(story)).toEqual(['cashier_contradicts: Y before it was expired']);
});

test.each(['bank_confirming', 'paying'] as const)('nor does a decline in %s', (status) => {
  const story = storyIn[status]().cashierReports('Y').wait(MINUTE_MS).reports(DECLINED);
  expect(story.status).toBe('declined');
  expect(contradicts(story)).toEqual(['cashier_contradicts: Y before it was declined']);
});

test('nor does a refused payout-check', () => {
  const story = storyIn.requested().cashierReports('Y');
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_refused', intentId, code: '1', message: null });
  expect(contradicts(story)).toEqual(['cashier_contradicts: Y before it was declined']);
});

test('an authorization or a cancel after the Y settles it', () => {
  const paid = storyIn.bank_confirming().cashierReports('Y').authorizes().reports(DECLINED);
  expect(contradicts(paid)).toEqual([]);
  const stopped = storyIn.bank_confirming().cashierReports('Y');
  stopped.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(contradicts(stopped)).toEqual([]);
});
