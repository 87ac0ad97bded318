/** Rule 3 and the words of mayPay: when payout-pay may leave for the first time. */

import { expect, test } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  ORDER_ID,
  SECOND_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

test('an automatic payout is paid as soon as a reply says that the bank confirmed', () => {
  const story = tellStory().confirmed();
  expect(story.due()).toEqual({ at: story.now, class: 0 });
  expect(story.next()).toEqual({ kind: 'pay' });
  story.intendsPay();
  expect(story.status).toBe('paying');
  expect(story.letters).toBe('A');
});

test.each(['requested', 'checking', 'bank_confirming', 'processing', 'awaiting_receiver'] as const)(
  'nothing is paid in %s',
  (status) => {
    expect(storyIn[status]().tryPay().kind).toBe('refused');
  },
);

test.each([
  'approved',
  'declined',
  'filtered',
  'error',
  'canceled',
  'rejected',
  'expired',
] as const)('nothing is paid once it is %s', (status) => {
  expect(storyIn[status]().tryPay().kind).toBe('refused');
});

test('a reply asked ten seconds ago is fresh, and an older one is not', () => {
  const story = tellStory().confirmed();
  const requestedAt = story.payout.tracking.reply?.requestedAt ?? 0;
  story.wait(requestedAt + 10 * SECOND_MS - story.now);
  expect(story.next()).toEqual({ kind: 'pay' });
  story.wait(1);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryPay().kind).toBe('refused');
});

test('a reply that seems to come from the future is requested again', () => {
  const story = tellStory().checked().reports(VALIDATED, -SECOND_MS);
  expect(story.status).toBe('bank_confirmed');
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryPay().kind).toBe('refused');
});

test('an unauthorized payout waits, is polled hourly and raises nothing', () => {
  const story = tellStory({ release: 'on_authorization' }).confirmed();
  expect(story.tryPay().kind).toBe('refused');
  expect(story.dueInMs()).toBe(HOUR_MS);
  story.wait(5 * HOUR_MS).reports(VALIDATED);
  expect(story.codes).toEqual([]);
});

test('only a reply that was requested after the authorization releases the payment', () => {
  const story = tellStory({ release: 'on_authorization' }).confirmed();
  story.authorizes();
  expect(story.tryPay().kind).toBe('refused');
  expect(story.due()).toEqual({ at: story.now, class: 1 });
  story.reports(VALIDATED, 20);
  expect(story.next(), 'asked before the authorization').toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBe(0);
  story.reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('an authorization may come before the bank has confirmed', () => {
  const story = tellStory({ release: 'on_authorization' }).authorizes().confirmed();
  expect(story.next()).toEqual({ kind: 'pay' });
});

test.each([
  ['a stage that is not validated', { stage: 'payout_check_validating' }],
  ['another status', { ...VALIDATED, status: 'unknown' }],
  ['no order id', { ...VALIDATED, orderId: null }],
  ['another amount', { ...VALIDATED, amount: '100.51' }],
  ['another currency', { ...VALIDATED, currency: 'USD' }],
])('a reply with %s does not let the payment go', (_what, reply) => {
  const story = tellStory().checked().reports(reply);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.next().kind).not.toBe('pay');
});

test('a currency that differed is not made good by a reply without one', () => {
  const story = tellStory()
    .checked()
    .reports({ ...VALIDATED, currency: 'USD' });
  story.reports({ ...VALIDATED, currency: null });
  expect(story.tryPay().kind).toBe('refused');
  expect(story.reports(VALIDATED).next()).toEqual({ kind: 'pay' });
});

test('amount and currency count only where the reply shows them', () => {
  const story = tellStory()
    .checked()
    .reports({ ...VALIDATED, amount: null, currency: null });
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('an amount that differs holds the payment until a reply shows ours again', () => {
  const story = tellStory()
    .checked()
    .reports({ ...VALIDATED, amount: '99.00' });
  expect(story.codes).toEqual(['amount_mismatch']);
  expect(story.payout.attention[0]?.detail).toBe('ours 100.50 EUR, shown 99.00 EUR');
  story.reports({ ...VALIDATED, amount: null });
  expect(story.tryPay().kind, 'a reply without an amount takes no doubt away').toBe('refused');
  story.reports({ ...VALIDATED, amount: '100.5' });
  expect(story.codes).toEqual([]);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('while payments are paused a payout is held, and cancel stays allowed', () => {
  const story = tellStory().confirmed();
  expect(story.tryPay(true).kind).toBe('refused');
  expect(story.next(true)).toEqual({ kind: 'hold', code: 'paused' });
  story.applied({ kind: 'held', code: 'paused' });
  expect(story.codes).toEqual(['paused']);
  expect(story.next(true)).toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBeGreaterThan(0);
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.codes).toEqual([]);
});

test('a payout that was held by a long pause is paid soon after payments go on', () => {
  const story = tellStory().confirmed().applied({ kind: 'held', code: 'paused' });
  story.wait(5 * HOUR_MS).reports(VALIDATED);
  expect(story.codes).toEqual(['paused']);
  expect(story.next(false)).toEqual({ kind: 'resume' });
  story.applied({ kind: 'resumed' });
  expect(story.codes).toEqual([]);
  expect(story.dueInMs()).toBe(0);
  story.wait(2 * HOUR_MS);
  expect(story.next(false)).toEqual({ kind: 'poll' });
  story.reports(VALIDATED);
  expect(story.dueInMs()).toBe(0);
  expect(story.next(false)).toEqual({ kind: 'pay' });
});

test('a hold that is gone by the time it is written down is not shown', () => {
  const story = tellStory().confirmed().applied({ kind: 'held', code: 'check_too_old' });
  expect(story.codes).toEqual([]);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('a check is relied on for 72 hours, then the payout is held until it is authorized anew', () => {
  const story = tellStory().confirmed();
  const begunAt = story.payout.tracking.check.begunAt ?? 0;
  story.wait(begunAt + 3 * DAY_MS - SECOND_MS - story.now).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
  story.wait(SECOND_MS).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'hold', code: 'check_too_old' });
  expect(story.tryPay().kind).toBe('refused');
  story.applied({ kind: 'held', code: 'check_too_old' });
  expect(story.dueInMs()).toBe(HOUR_MS);
  story.authorizes();
  expect(story.codes).toEqual([]);
  story.reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('an authorization given after the 72 hours releases the payment, one from before does not', () => {
  const late = tellStory({ release: 'on_authorization' })
    .confirmed()
    .wait(4 * DAY_MS);
  late.authorizes().reports(VALIDATED);
  expect(late.next()).toEqual({ kind: 'pay' });

  const early = tellStory({ release: 'on_authorization' }).confirmed().authorizes();
  early.wait(4 * DAY_MS).reports(VALIDATED);
  expect(early.next()).toEqual({ kind: 'hold', code: 'check_too_old' });
});

test('the age of a check counts from the attempt that was looked up, not from the lookup', () => {
  const story = storyIn
    .checking()
    .wait(2 * DAY_MS)
    .reports(VALIDATED);
  expect(story.status).toBe('bank_confirmed');
  story.wait(DAY_MS).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'hold', code: 'check_too_old' });
});

test('an authorization at any time after creation counts, by the cashier too', () => {
  const story = tellStory({ release: 'on_authorization' }).authorizes('cashier').confirmed();
  expect(story.payout.authorization.by).toBe('platform');
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('a slow gateway is polled in the usual pace, not without a break', () => {
  const story = tellStory().checked();
  story.wait(12 * SECOND_MS).reports(VALIDATED, 11 * SECOND_MS);
  expect(story.status).toBe('bank_confirmed');
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBe(4 * SECOND_MS);
});

test('the order that is paid is the one the gateway named first', () => {
  expect(storyIn.bank_confirmed().payout.gateway.orderId).toBe(ORDER_ID);
});

test('an order that has shown a reversal was paid before, and is not paid again', () => {
  const story = tellStory().confirmed();
  story.reports({ ...VALIDATED, transactionType: 'reversal' }).reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBeGreaterThan(0);
  expect(story.codes).toEqual(['later_event']);
  story.applied({ kind: 'acknowledged', code: 'later_event', by: 'Ann' }).reports(VALIDATED);
  expect(story.tryPay().kind, 'an acknowledgement releases nothing').toBe('refused');
});

test('a form for the receiver shows a payment: such a reply releases none', () => {
  const story = storyIn.bank_confirming();
  story.reports({ ...VALIDATED, redirectTo: 'https://bank.example/form' });
  expect(story.tryPay().kind).toBe('refused');
});
