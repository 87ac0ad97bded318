/** Rule 14: one order is bound, once; another one is shown to a person and never paid. */

import { expect, test } from 'vitest';
import {
  APPROVED,
  DECLINED,
  ORDER_ID,
  QUIET_MS,
  SECOND_MS,
  type Story,
  storyIn,
  VALIDATED,
} from '../support/payouts.ts';

const OTHER = { orderId: '7002' };

/** What holding such a payout means: our order stays, a person is told, and nothing is paid. */
const holdOf = (story: Story) => ({
  orderId: story.payout.gateway.orderId,
  codes: story.codes,
  pay: story.reports(VALIDATED).tryPay().kind,
});

const held = { orderId: ORDER_ID, codes: ['second_order'], pay: 'refused' };

test('a status reply about another order holds the payout', () => {
  const story = storyIn.bank_confirmed().reports({ ...VALIDATED, ...OTHER });
  expect(story.payout.attention[0]?.detail).toBe('bound 7001, also seen 7002');
  expect(holdOf(story)).toEqual(held);
});

test('a late answer to payout-check that names another order holds the payout', () => {
  const story = storyIn.checking().reports(VALIDATED);
  const intentId = story.payout.tracking.check.open?.id ?? '';
  story.checkAccepted(intentId, '7002');
  expect(holdOf(story)).toEqual(held);
});

test('a callback that names another order holds the payout', () => {
  const story = storyIn.bank_confirmed();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: '7002' });
  expect(holdOf(story)).toEqual(held);
});

test('a callback about our order shows none, whatever type it claims', () => {
  const story = storyIn.bank_confirmed();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: ORDER_ID });
  story.applied({ ...callback, type: 'reversal', later: true, orderId: ORDER_ID });
  expect(story.codes).toEqual(['later_event_reported']);
});

test('another order is signed: a type that is not signed does not hide it', () => {
  const story = storyIn.bank_confirmed();
  const callback = { kind: 'callback_received', status: 'approved', type: 'reversal' } as const;
  story.applied({ ...callback, later: true, orderId: '7002' });
  expect(holdOf(story)).toEqual({ ...held, codes: ['second_order', 'later_event_reported'] });
});

test('on a final payout a callback about another order is only reported', () => {
  const story = storyIn.approved();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: '7002' });
  expect(story.codes).toEqual(['later_event_reported']);
});

test('an order that a callback named before another one was bound holds the payout', () => {
  const story = storyIn.checking();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: '7002' }).reports(VALIDATED);
  expect(story.payout.attention[0]?.detail).toBe('bound 7001, a callback had named 7002');
  expect(holdOf(story)).toEqual(held);
});

test('two orders that callbacks named before one was bound hold the payout', () => {
  const story = storyIn.checking();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: ORDER_ID });
  story.applied({ ...callback, later: false, orderId: '7002' });
  expect(story.codes).toEqual(['second_order']);
  expect(holdOf(story.reports(VALIDATED))).toEqual(held);
});

test('an order that a callback named before it was bound is ours', () => {
  const story = storyIn.checking();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: ORDER_ID });
  story.applied({ ...callback, type: 'reversal', later: true, orderId: ORDER_ID });
  expect(story.reports(VALIDATED).codes).toEqual(['later_event_reported']);
});

test('a callback binds no order', () => {
  const story = storyIn.checking();
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: '7002' });
  expect(story.payout.gateway.orderId).toBeNull();
});

test('an answer to payout-pay that names another order says nothing about ours', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_accepted', intentId, orderId: '7002', serialNumber: null });
  expect(story.status).toBe('paying');
  expect(story.codes).toEqual(['second_order']);
});

test.each([APPROVED, DECLINED])('what the other order ends as is not what ours ends as', (end) => {
  const story = storyIn.processing().reports({ ...end, ...OTHER });
  expect(story.status).toBe('processing');
  expect(story.letters).toBe('AP');
});

test('nothing releases a payout with two orders, but it can be canceled', () => {
  const story = storyIn.bank_confirmed().reports(OTHER).authorizes().reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'poll' });
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.codes, 'the other order is still there').toEqual(['second_order']);
});

test('payout-pay is not repeated either', () => {
  const story = storyIn
    .paying()
    .wait(36 * SECOND_MS)
    .reports(OTHER);
  story.saysOften(VALIDATED, 5, QUIET_MS);
  expect(story.tryPay().kind).toBe('refused');
});

test('a third order is shown too, also after the second was seen', () => {
  const story = storyIn.bank_confirmed().reports(OTHER);
  story.applied({ kind: 'acknowledged', code: 'second_order', by: 'Ann' });
  story.reports({ orderId: '7003' });
  expect(story.payout.attention[0]).toMatchObject({
    detail: 'bound 7001, also seen 7003',
    acknowledgedBy: null,
  });
  expect(story.payout.tracking.secondOrderId).toBe('7002');
});
