/** Rules 8 and 13, and the word "fresh": which status replies may decide anything. */

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

test('a reply older than the last applied one decides nothing', () => {
  const story = tellStory().checked().wait(MINUTE_MS).reports(VALIDATED);
  story.reports({ stage: 'payout_check_validating' }, 10 * SECOND_MS);
  expect(story.status).toBe('bank_confirmed');
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('a reply asked at the same moment as the last applied one decides nothing', () => {
  const story = tellStory().checked().reports(VALIDATED);
  story.reports(DECLINED, 10);
  expect(story.status).toBe('bank_confirmed');
});

test('a reply asked before payout-pay had ended decides nothing, not even approved', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  const requestedAt = story.now;
  story.reports(DECLINED).reports(APPROVED);
  expect(story.status).toBe('paying');
  story.applied({ kind: 'pay_unknown', intentId, cause: 'timeout' });
  story.reports(APPROVED, story.now - requestedAt);
  expect(story.status).toBe('paying');
  story.reports(APPROVED);
  expect(story.status).toBe('approved');
});

test('an attempt whose worker died is over at send_before plus the total timeout', () => {
  const story = storyIn.bank_confirmed();
  story.intendsPay();
  const sendBefore = story.payout.tracking.pay.open?.sendBefore ?? 0;
  story.wait(sendBefore + 30 * SECOND_MS - story.now - 5).reports(APPROVED);
  expect(story.status).toBe('paying');
  story.reports(APPROVED);
  expect(story.status).toBe('approved');
});

test('no negative end is decided before an unanswered payout-pay can no longer act', () => {
  const story = storyIn
    .paying()
    .wait(20 * SECOND_MS)
    .reports(DECLINED);
  expect(story.status).toBe('paying');
  story.wait(20 * SECOND_MS).reports(DECLINED);
  expect(story.status).toBe('declined');
  expect(story.letters).toBe('APJ');
});

test('an answered payout-pay is finished at its answer', () => {
  const story = storyIn.processing().reports(DECLINED);
  expect(story.status).toBe('declined');
});

test('approved is believed as soon as the reply is fresh', () => {
  expect(storyIn.paying().reports(APPROVED).status).toBe('approved');
});

test('a reply about another payout decides nothing', () => {
  const story = storyIn.processing().reports({ ...APPROVED, clientOrderId: 'po_2' });
  expect(story.status).toBe('processing');
  expect(story.codes).toEqual([]);
});

test('a reply that names neither our payout nor our order decides nothing', () => {
  const story = storyIn.processing().reports({ ...APPROVED, clientOrderId: null, orderId: null });
  expect(story.status).toBe('processing');
  expect(storyIn.checking().reports({ clientOrderId: null }).payout.gateway.orderId).toBeNull();
});

test('our order alone, or our own id alone, is enough to name the payout', () => {
  expect(storyIn.processing().reports({ ...APPROVED, clientOrderId: null }).status).toBe(
    'approved',
  );
  expect(storyIn.processing().reports({ ...APPROVED, orderId: null }).status).toBe('approved');
});

test('a reply that decides nothing is paced like a request that failed', () => {
  const story = storyIn.processing().applied({ kind: 'receiver_returned' });
  expect(story.dueInMs()).toBe(0);
  story.reports({ ...PAYING, clientOrderId: 'po_2' });
  expect(story.payout.tracking.failedAsks).toBe(1);
  expect(story.dueInMs()).toBeGreaterThan(0);
});

test('a verified callback decides nothing and is polled immediately', () => {
  const story = storyIn
    .processing()
    .wait(30 * MINUTE_MS)
    .reports(PAYING);
  const before = story.payout;
  story.applied({ kind: 'callback_received', status: 'approved', type: 'payout', later: false });
  expect({ ...story.payout, tracking: before.tracking }).toEqual(before);
  expect(story.due()).toEqual({ at: story.now, class: 1 });
  expect(story.next()).toEqual({ kind: 'poll' });
});

test('a callback that comes while a request is under way is polled again', () => {
  const story = storyIn.processing();
  const asked = story.now;
  story.wait(SECOND_MS);
  story.applied({ kind: 'callback_received', status: 'approved', type: null, later: false });
  story.reports(PAYING, story.now - asked);
  expect(story.dueInMs()).toBe(0);
  story.reports(PAYING);
  expect(story.dueInMs()).toBeGreaterThan(0);
});

test('a reply is taken from any worker, in every status', () => {
  const story = storyIn.canceled().reports(APPROVED);
  expect(story.status).toBe('canceled');
  expect(story.codes).toEqual(['final_contradicted']);
});
