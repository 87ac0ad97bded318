/** Rule 9 and section "notifications": which letters a platform is told, and when. */

import { expect, test } from 'vitest';
import {
  APPROVED,
  DECLINED,
  MINUTE_MS,
  PAYING,
  SECOND_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

test('the usual way is A with the intent, P with the answer, Y with the end', () => {
  const story = tellStory().confirmed();
  expect(story.letters).toBe('');
  const intentId = story.intendsPay();
  expect(story.letters).toBe('A');
  story.applied({ kind: 'pay_accepted', intentId, orderId: '7001', serialNumber: null });
  expect(story.letters).toBe('AP');
  expect(story.reports(PAYING).letters).toBe('AP');
  expect(story.reports(APPROVED).letters).toBe('APY');
});

test.each([
  ['approved', APPROVED, 'APY'],
  ['declined', DECLINED, 'APJ'],
  ['filtered', { status: 'filtered', stage: 'payout_filtered' }, 'APJ'],
  ['error', { status: 'error', stage: 'payout_failed' }, 'APJ'],
] as const)(
  'P and the last letter go together when %s is learned while paying',
  (_what, reply, all) => {
    const story = storyIn.paying().wait(36 * SECOND_MS);
    const requestedAt = story.now + 5;
    const before = story.letters;
    story.reports(reply);
    expect(before).toBe('A');
    expect(story.letters).toBe(all);
    expect(story.payout.tracking.reply?.requestedAt).toBe(requestedAt);
  },
);

test.each([
  ['canceled', 'C'],
  ['rejected', 'J'],
  ['expired', 'C'],
  ['error', 'J'],
] as const)('a payout %s before payout-pay notifies %s alone', (status, letter) => {
  expect(storyIn[status]().letters).toBe(letter);
});

test('after a payment that did not happen, the end is notified without P', () => {
  const notSent = () => {
    const story = storyIn.bank_confirmed();
    const intentId = story.intendsPay();
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
    return story.wait(MINUTE_MS);
  };
  expect(notSent().reports(DECLINED).letters).toBe('AJ');
  expect(notSent().applied({ kind: 'rejected', by: 'till' }).letters).toBe('AJ');
  expect(notSent().reports(VALIDATED).paid().reports(APPROVED).letters).toBe('APY');
});

test('P is notified once, whichever way it is learned that payout-pay arrived', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.wait(36 * SECOND_MS).reports(PAYING);
  expect(story.letters).toBe('AP');
  story.applied({ kind: 'pay_accepted', intentId, orderId: '7001', serialNumber: null });
  story.reports({ redirectTo: 'https://bank.example/form' });
  expect(story.letters).toBe('AP');
});

test('after the end nothing is notified any more, whatever comes', () => {
  const story = storyIn.approved().wait(MINUTE_MS).reports(DECLINED).cashierReports('C');
  story.resolves('not_paid');
  story.reports(APPROVED).applied({ kind: 'time_passed' });
  expect(story.letters).toBe('APY');
});
