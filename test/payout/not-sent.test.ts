/**
 * The word "not_sent": commands that certainly did not happen, and payout-pay that was turned away.
 */

import { expect, test } from 'vitest';
import {
  APPROVED,
  DECLINED,
  MINUTE_MS,
  SECOND_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

function payNotSent(story: Story): void {
  story.says(VALIDATED);
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
}

function payTurnedAway(story: Story, httpStatus: 403 | 429): void {
  story.says(VALIDATED);
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_turned_away', intentId, httpStatus });
}

test('payout-pay that never left did not happen: it is paid later, or canceled', () => {
  const story = storyIn.bank_confirmed();
  payNotSent(story);
  expect(story.status).toBe('bank_confirmed');
  expect(story.payout.moneyMoved).toBe('no');
  expect(story.payout.memory.pay.made).toBe(0);
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.letters).toBe('AC');
});

test('it is asked about again before the next try, after a growing wait', () => {
  const story = storyIn.bank_confirmed();
  const waits = [];
  for (let tries = 0; tries < 8; tries += 1) {
    payNotSent(story);
    expect(story.next(), 'the last reply was asked before').toEqual({ kind: 'ask' });
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
    expect(story.next()).toEqual({ kind: 'ask' });
    story.says(VALIDATED);
    expect(story.dueInMs()).toBe(0);
    expect(story.next()).toEqual({ kind: 'pay' });
  }
});

test('five in a row are told to a person, until one has an answer', () => {
  const story = storyIn.bank_confirmed();
  for (let tries = 0; tries < 4; tries += 1) payNotSent(story);
  expect(story.codes).toEqual([]);
  payNotSent(story);
  expect(story.codes).toEqual(['not_sent']);
  story.says(VALIDATED).paid();
  expect(story.codes).toEqual([]);
});

test('letters go out once, also when payout-pay is tried several times', () => {
  const story = storyIn.bank_confirmed();
  payNotSent(story);
  payNotSent(story);
  story.says(VALIDATED).paid().says(APPROVED);
  expect(story.letters).toBe('APY');
});

test.each([403, 429] as const)('after %d one fresh reply says that it did not happen', (http) => {
  const story = storyIn.bank_confirmed();
  payTurnedAway(story, http);
  expect(story.status).toBe('paying');
  expect(story.happen({ kind: 'canceled', by: 'platform', source: 'api' }).kind).toBe('refused');
  story.says(VALIDATED);
  expect(story.status).toBe('bank_confirmed');
  expect(story.payout.memory.pay.made).toBe(0);
  expect(story.tryPay().kind, 'that reply was asked before it was known').toBe('refused');
  story.wait(SECOND_MS).says(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('a reply asked before payout-pay was turned away says nothing about it', () => {
  const story = storyIn.bank_confirmed();
  payTurnedAway(story, 403);
  story.says(VALIDATED, SECOND_MS);
  expect(story.status).toBe('paying');
});

test.each([
  ['an order that has moved on', { stage: 'payout_processing' }, 'processing'],
  ['approved', APPROVED, 'approved'],
  ['declined', DECLINED, 'declined'],
  ['an amount that differs', { ...VALIDATED, amount: '1.00' }, 'paying'],
] as const)('after 403 a reply with %s is believed instead', (_what, reply, status) => {
  const story = storyIn.bank_confirmed();
  payTurnedAway(story, 403);
  expect(story.says(reply).status).toBe(status);
});

test('being turned away five times in a row is told, and never counts as the repeat', () => {
  const story = storyIn.bank_confirmed();
  for (let tries = 0; tries < 5; tries += 1) {
    payTurnedAway(story, 429);
    story.says(VALIDATED);
  }
  expect(story.codes).toEqual(['not_sent']);
  expect(story.payout.memory.pay.made).toBe(0);
});

test('refused credentials stay shown until payout-pay gets through, not until the next reply', () => {
  const story = storyIn.bank_confirmed();
  payTurnedAway(story, 403);
  story.says(VALIDATED).wait(SECOND_MS).says(VALIDATED);
  expect(story.codes).toEqual(['access_refused']);
  story.paid();
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
    story.wait(MINUTE_MS);
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
  story.says(VALIDATED);
  story.applied({ kind: 'check_not_sent', intentId, cause: 'too_late' });
  expect(story.status).toBe('bank_confirmed');
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('payout-pay that never left says so late, and a moved order is still judged by its status', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.wait(MINUTE_MS).says({ stage: 'payout_processing' });
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'too_late' });
  expect(story.status).toBe('processing');
  story.says(APPROVED);
  expect(story.codes, 'nothing of ours can have paid it').toEqual(['approved_before_pay']);
});

test('a cashier who reports it as paid while payout-pay is under way withholds the next try', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.cashierReports('Y');
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
  expect(story.status).toBe('bank_confirmed');
  expect(story.codes).toEqual(['paid_elsewhere']);
  story.wait(MINUTE_MS).says(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
  expect(story.authorizes().says(VALIDATED).next()).toEqual({ kind: 'pay' });
});
