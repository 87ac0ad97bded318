/** Rule 3: payout-pay is sent once for a payout, and repeated once where that is certainly safe. */

import { expect, test } from 'vitest';
import {
  DAY_MS,
  MINUTE_MS,
  ORDER_ID,
  PAYING,
  QUIET_MS,
  SECOND_MS,
  type Story,
  storyIn,
  VALIDATED,
} from '../support/payouts.ts';

/** Three fresh replies over the quiet period, the last one just now. */
const saysValidatedQuietly = (story: Story): Story =>
  story
    .wait(36 * SECOND_MS)
    .reports(VALIDATED)
    .saysOften(VALIDATED, 2, QUIET_MS / 2);

test('three fresh replies over the quiet period let payout-pay go once more', () => {
  const story = saysValidatedQuietly(storyIn.paying());
  expect(story.due()).toEqual({ at: story.now, class: 0 });
  expect(story.next()).toEqual({ kind: 'pay' });
  story.intendsPay();
  expect(story.status).toBe('paying');
  expect(story.payout.tracking.pay.made).toBe(2);
  expect(story.letters).toBe('A');
});

test('two replies are too few, however far apart', () => {
  const story = storyIn
    .paying()
    .wait(MINUTE_MS)
    .reports(VALIDATED)
    .wait(2 * QUIET_MS)
    .reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
});

test('many replies within less than the quiet period are too few', () => {
  const story = storyIn.paying().wait(MINUTE_MS).reports(VALIDATED);
  story.saysOften(VALIDATED, 20, QUIET_MS / 21);
  expect(story.tryPay().kind).toBe('refused');
  story.wait(QUIET_MS / 20).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test.each([
  ['another stage', { stage: 'payout_check_validating' }],
  ['no order id', { ...VALIDATED, orderId: null }],
  ['another status', { ...VALIDATED, status: 'unknown' }],
])('a reply with %s between them starts the count anew', (_what, other) => {
  const story = storyIn.paying().wait(MINUTE_MS).reports(VALIDATED).wait(QUIET_MS).reports(other);
  story.saysOften(VALIDATED, 3, SECOND_MS);
  expect(story.tryPay().kind).toBe('refused');
  story.wait(QUIET_MS).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('nothing is repeated before send_before plus the total timeout, whatever replies say', () => {
  const story = storyIn.bank_confirmed({ policy: { repeatQuietMs: 1000 } });
  story.paysIntoTheDark();
  const { open, finishedAt } = story.payout.tracking.pay;
  expect(open).toBeNull();
  story.saysOften(VALIDATED, 20, SECOND_MS);
  expect(story.tryPay().kind).toBe('refused');
  story.wait((finishedAt ?? 0) - story.now).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('an intent without an answer counts as sent, and its deadline as its end', () => {
  const story = storyIn.bank_confirmed();
  story.intendsPay();
  story.saysOften(VALIDATED, 10, 3 * SECOND_MS);
  expect(story.payout.tracking.streak, 'asked while it was under way').toBeNull();
  saysValidatedQuietly(story);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('the repeat needs a reply as fresh as the first payment does', () => {
  const story = saysValidatedQuietly(storyIn.paying()).wait(11 * SECOND_MS);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryPay().kind).toBe('refused');
});

test('after the repeat the operator decides', () => {
  const story = saysValidatedQuietly(storyIn.paying());
  saysValidatedQuietly(story.paysIntoTheDark());
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  expect(story.tryPay().kind).toBe('refused');
  story.applied({ kind: 'held', code: 'pay_outcome_unknown' });
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBeGreaterThan(0);
  story.reports(PAYING);
  expect(story.status).toBe('processing');
  expect(story.codes).toEqual([]);
});

test('PAYNETEASY_PAY_REPEAT=false hands the first unknown outcome to the operator', () => {
  const story = saysValidatedQuietly(storyIn.paying({ policy: { payRepeat: false } }));
  expect(story.tryPay().kind).toBe('refused');
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
});

test('a pause, a second order and another amount hold the repeat too', () => {
  expect(saysValidatedQuietly(storyIn.paying()).next(true)).toEqual({
    kind: 'hold',
    code: 'paused',
  });
  const second = storyIn
    .paying()
    .wait(MINUTE_MS)
    .reports({ ...VALIDATED, orderId: '7002' });
  expect(saysValidatedQuietly(second).next()).toEqual({ kind: 'poll' });
  expect(second.tryPay().kind).toBe('refused');
  const other = storyIn
    .paying()
    .wait(MINUTE_MS)
    .reports({ ...VALIDATED, amount: '1.00' });
  other.saysOften({ ...VALIDATED, amount: '1.00' }, 5, QUIET_MS);
  expect(other.tryPay().kind).toBe('refused');
});

test('a check that has become too old meanwhile needs the operator, not a new authorization', () => {
  const story = storyIn
    .bank_confirmed()
    .wait(3 * DAY_MS - MINUTE_MS)
    .reports(VALIDATED);
  story.paysIntoTheDark();
  expect(saysValidatedQuietly(story).next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  expect(story.tryPay().kind).toBe('refused');
});

test('a cashier who reports the payout as paid meanwhile stops the repeat', () => {
  const story = saysValidatedQuietly(storyIn.paying().cashierReports('Y'));
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  expect(story.tryPay().kind).toBe('refused');
});

test('payout-pay that the gateway took is never repeated, even if it names no order', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_accepted', intentId, orderId: null, serialNumber: null });
  expect(story.status).toBe('processing');
  expect(saysValidatedQuietly(story).tryPay().kind).toBe('refused');
});

test('a late answer to the first attempt shows that it arrived, also after the repeat', () => {
  const story = storyIn.bank_confirmed();
  const first = story.intendsPay();
  saysValidatedQuietly(story.wait(MINUTE_MS)).intendsPay();
  story.applied({ kind: 'pay_accepted', intentId: first, orderId: ORDER_ID, serialNumber: null });
  expect(story.status).toBe('processing');
  expect(story.letters).toBe('AP');
});

test.each(['pay_unknown', 'pay_not_sent'] as const)(
  'replies asked before a late %s of the last attempt count no more',
  (kind) => {
    const story = saysValidatedQuietly(storyIn.paying());
    const intentId = story.intendsPay();
    saysValidatedQuietly(story.wait(MINUTE_MS));
    story.applied({ kind, intentId, cause: 'woken up late' });
    expect(story.payout.tracking.streak).toBeNull();
    story.wait(SECOND_MS).reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.next()).toEqual({ kind: 'poll' });
  },
);

test('a late answer to the first attempt starts the quiet period of the repeat anew', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  saysValidatedQuietly(story.wait(MINUTE_MS));
  expect(story.next()).toEqual({ kind: 'pay' });
  story.applied({ kind: 'pay_unknown', intentId, cause: 'woken up late' });
  story.wait(SECOND_MS).reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
  expect(saysValidatedQuietly(story).next()).toEqual({ kind: 'pay' });
});

test('a repeat that never left does not count, and the quiet period starts anew', () => {
  const story = saysValidatedQuietly(storyIn.paying());
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'refused' });
  expect(story.status).toBe('paying');
  expect(story.payout.tracking.pay.made).toBe(1);
  expect(story.wait(SECOND_MS).reports(VALIDATED).tryPay().kind).toBe('refused');
  expect(saysValidatedQuietly(story).next()).toEqual({ kind: 'pay' });
});

test('a repeat that was rejected with 429 counts: the operator decides', () => {
  const story = saysValidatedQuietly(storyIn.paying());
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_unknown', intentId, cause: 'http_429', httpStatus: 429 });
  expect(story.payout.tracking.pay.made).toBe(2);
  expect(saysValidatedQuietly(story).next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
});

test('a stage that has moved on shows that the first attempt arrived', () => {
  const story = storyIn.paying().wait(MINUTE_MS).reports(PAYING);
  expect(story.status).toBe('processing');
  expect(story.letters).toBe('AP');
});

test('nothing is repeated once a reply has shown a reversal, which follows a payment', () => {
  const story = storyIn.paying().wait(MINUTE_MS).reports(VALIDATED);
  story.reports({ ...VALIDATED, transactionType: 'reversal' });
  story.saysOften(VALIDATED, 3, QUIET_MS);
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  expect(story.tryPay().kind).toBe('refused');
  story.applied({ kind: 'held', code: 'pay_outcome_unknown' });
  expect(story.reports(VALIDATED).resolves('paid').kind).toBe('applied');
});
