/**
 * The word "not_sent": commands that certainly did not happen. 403 and 429 are not among them.
 */

import { expect, test } from 'vitest';
import {
  accessIn,
  APPROVED,
  DECLINED,
  MINUTE_MS,
  QUIET_MS,
  SECOND_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

function payNotSent(story: Story): void {
  story.reports(VALIDATED);
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
}

/** payout-pay that the gateway, or a filter on its response, answered with 403 or 429. */
function payRejected(story: Story, httpStatus: 403 | 429): void {
  story.reports(VALIDATED);
  const intentId = story.intendsPay();
  const rejection = { cause: `http_${httpStatus}`, httpStatus, ...accessIn(httpStatus) };
  story.applied({ kind: 'pay_unknown', intentId, ...rejection });
}

test('payout-pay that never left did not happen: it is paid later, or canceled', () => {
  const story = storyIn.bank_confirmed();
  payNotSent(story);
  expect(story.status).toBe('bank_confirmed');
  expect(story.payout.moneyMoved).toBe('no');
  expect(story.payout.tracking.pay.made).toBe(0);
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.letters).toBe('AC');
});

test('it is polled again before the next try, after a growing wait', () => {
  const story = storyIn.bank_confirmed();
  const waits = [];
  for (let tries = 0; tries < 8; tries += 1) {
    payNotSent(story);
    expect(story.next(), 'the last reply was requested before').toEqual({ kind: 'poll' });
    waits.push(story.dueInMs());
    story.wait(MINUTE_MS);
  }
  expect(waits).toEqual([500, 1000, 2000, 5000, 15_000, 60_000, 60_000, 60_000]);
});

test('a payout whose payment never leaves is still paid once it can, however often it failed', () => {
  const story = storyIn.bank_confirmed();
  for (let tries = 0; tries < 10; tries += 1) {
    payNotSent(story);
    story.wait(story.dueInMs());
    expect(story.next()).toEqual({ kind: 'poll' });
    story.reports(VALIDATED);
    expect(story.dueInMs()).toBe(0);
    expect(story.next()).toEqual({ kind: 'pay' });
  }
});

test('five in a row raise an item, until one has an answer', () => {
  const story = storyIn.bank_confirmed();
  for (let tries = 0; tries < 4; tries += 1) payNotSent(story);
  expect(story.codes).toEqual([]);
  payNotSent(story);
  expect(story.codes).toEqual(['not_sent']);
  story.reports(VALIDATED).paid();
  expect(story.codes).toEqual([]);
});

test('letters go out once, also when payout-pay is tried several times', () => {
  const story = storyIn.bank_confirmed();
  payNotSent(story);
  payNotSent(story);
  story.reports(VALIDATED).paid().reports(APPROVED);
  expect(story.letters).toBe('APY');
});

test.each([403, 429] as const)('%d to payout-pay is unknown like any other answer', (http) => {
  const story = storyIn.bank_confirmed();
  payRejected(story, http);
  expect(story.status).toBe('paying');
  expect(story.payout.moneyMoved).toBe('unknown');
  story.reports(VALIDATED).wait(SECOND_MS).reports(VALIDATED);
  expect(story.status, 'two replies that lag behind the effect').toBe('paying');
  expect(story.payout.tracking.pay.made).toBe(1);
  expect(story.tryPay().kind).toBe('refused');
});

test('403 to payout-pay is repeated only after the quiet period, and once', () => {
  const story = storyIn.bank_confirmed();
  payRejected(story, 403);
  story.saysOften(VALIDATED, 4, QUIET_MS / 4);
  expect(story.tryPay().kind, 'the first minute is the deadline of the attempt').toBe('refused');
  story.saysOften(VALIDATED, 2, QUIET_MS / 2);
  const intentId = story.intendsPay();
  const rejection = { cause: 'http_403', httpStatus: 403, accessRefused: true } as const;
  story.applied({ kind: 'pay_unknown', intentId, ...rejection });
  story.saysOften(VALIDATED, 8, QUIET_MS);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
});

test('where repeats are forbidden, 403 to payout-pay is left to the operator', () => {
  const story = storyIn.bank_confirmed({ policy: { payRepeat: false } });
  payRejected(story, 403);
  story.saysOften(VALIDATED, 8, QUIET_MS);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
});

test('a reply requested before payout-pay was rejected says nothing about it', () => {
  const story = storyIn.bank_confirmed();
  payRejected(story, 403);
  story.reports(APPROVED, SECOND_MS);
  expect(story.status).toBe('paying');
});

test.each([
  ['an order that has moved on', { stage: 'payout_processing' }, 'processing'],
  ['approved', APPROVED, 'approved'],
  ['an amount that differs', { ...VALIDATED, amount: '1.00' }, 'paying'],
] as const)('after 403 a reply with %s is believed', (_what, reply, status) => {
  const story = storyIn.bank_confirmed();
  payRejected(story, 403);
  expect(story.reports(reply).status).toBe(status);
});

test('after 403 no negative end is decided before payout-pay can no longer arrive', () => {
  const story = storyIn.bank_confirmed();
  payRejected(story, 403);
  expect(story.reports(DECLINED).status).toBe('paying');
  expect(story.wait(MINUTE_MS).reports(DECLINED).status).toBe('declined');
});

test('refused credentials stay shown until payout-pay gets through, not until the next reply', () => {
  const story = storyIn.bank_confirmed();
  payRejected(story, 403);
  story.reports(VALIDATED).wait(SECOND_MS).reports(VALIDATED);
  expect(story.codes).toEqual(['access_refused']);
  story.reports({ stage: 'payout_processing' }).reports({ stage: 'payout_processing' });
  expect(story.codes).toEqual([]);
});

test('payout-check that never left is tried again and does not count', () => {
  const story = tellStory();
  const waits = [];
  for (let tries = 0; tries < 5; tries += 1) {
    const intentId = story.intendsCheck();
    story.applied({ kind: 'check_not_sent', intentId, cause: 'ENOTFOUND' });
    expect(story.status).toBe('requested');
    expect(story.next()).toEqual({ kind: 'check' });
    waits.push(story.dueInMs());
    // Within the minute in which a new payout needs no lookup.
    story.wait(5 * SECOND_MS);
  }
  expect(waits).toEqual([500, 1000, 2000, 5000, 15_000]);
  expect(story.codes).toEqual(['not_sent']);
  expect(story.checked().codes).toEqual([]);
});

test.each(['canceled', 'rejected'] as const)(
  'a payout-check that never left does not bring a %s payout back',
  (kind) => {
    const story = tellStory();
    const intentId = story.intendsCheck();
    story.applied(
      kind === 'canceled' ? { kind, by: 'platform', source: 'api' } : { kind, by: 'till' },
    );
    story.applied({ kind: 'check_not_sent', intentId, cause: 'too_late' });
    expect(story.status).toBe(kind);
    expect(story.due()).toBeNull();
  },
);

test('a payout-check that never left does not take a found order away', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  story.reports(VALIDATED);
  story.applied({ kind: 'check_not_sent', intentId, cause: 'too_late' });
  expect(story.status).toBe('bank_confirmed');
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('payout-pay that never left says so late, and a moved order is still judged by its status', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.wait(MINUTE_MS).reports({ stage: 'payout_processing' });
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'too_late' });
  expect(story.status).toBe('processing');
  story.reports(APPROVED);
  expect(story.codes, 'nothing of ours can have paid it').toEqual(['approved_before_pay']);
});

test('a cashier who reports it as paid while payout-pay is under way withholds the next try', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.cashierReports('Y');
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
  expect(story.status).toBe('bank_confirmed');
  expect(story.codes).toEqual(['paid_elsewhere']);
  story.wait(MINUTE_MS).reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.authorizes().reports(VALIDATED).next()).toEqual({ kind: 'pay' });
});
