/** Rule 18 and the word "withheld": a command to stop that is refused is still a wish to stop. */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  HOUR_MS,
  PAYING,
  QUIET_MS,
  type Story,
  storyIn,
  VALIDATED,
} from '../support/payouts.ts';

const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;

const stops = {
  cancel: (story: Story) => story.happen(cancel),
  'the cashier says C': (story: Story) => {
    story.cashierReports('C');
    return null;
  },
  'the cashier says J': (story: Story) => {
    story.cashierReports('J');
    return null;
  },
} as const;

const endOf = {
  cancel: 'canceled',
  'the cashier says C': 'canceled',
  'the cashier says J': 'rejected',
};

describe.each(Object.keys(stops) as (keyof typeof stops)[])('while paying, %s', (name) => {
  const stopped = (story: Story): Story => {
    const decision = stops[name](story);
    if (decision !== null) expect(decision.kind).toBe('refused');
    return story;
  };

  test('no repeat of payout-pay leaves', () => {
    const story = stopped(storyIn.paying());
    story.saysOften(VALIDATED, 8, QUIET_MS);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  });

  test('the payout ends as asked where payout-pay certainly did not leave', () => {
    const story = storyIn.bank_confirmed();
    const intentId = story.intendsPay();
    stopped(story).applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
    expect([story.status, story.payout.moneyMoved]).toEqual([endOf[name], 'no']);
    expect(story.letters).toBe(endOf[name] === 'canceled' ? 'AC' : 'AJ');
  });

  test('it ends as asked where the operator finds that nothing was paid', () => {
    const story = stopped(storyIn.paying());
    story.wait(HOUR_MS).reports(VALIDATED);
    expect(story.resolves('not_paid').kind).toBe('applied');
    expect(story.status).toBe(endOf[name]);
    expect(story.payout.reason).toMatchObject({ source: 'operator', message: 'ticket 1' });
  });

  test('what was paid all the same is approved, and an order that moves on is not stopped', () => {
    const story = stopped(storyIn.paying()).reports(PAYING);
    expect(story.status).toBe('processing');
    expect(story.reports(APPROVED).letters).toBe('APY');
  });
});

test('after a loss of history the gateway is polled before a payout ends as wished', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  const history = { epoch: 2, startedAt: story.now, isOpen: false, repliesFrom: 0 };
  story.surroundedBy({ history }).happen(cancel);
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'too_late' });
  expect([story.status, story.letters], 'another one may be lost').toEqual(['bank_confirmed', 'A']);
  story.wait(36_000).saysOften(VALIDATED, 4, QUIET_MS / 3);
  expect([story.status, story.letters]).toEqual(['canceled', 'AC']);
});

test('the first wish counts', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.cashierReports('J');
  expect(story.happen(cancel).kind).toBe('refused');
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
  expect(story.status).toBe('rejected');
});

test('one attempt of two that did not leave proves nothing', () => {
  const story = storyIn.paying();
  story.saysOften(VALIDATED, 8, QUIET_MS / 4);
  const intentId = story.intendsPay();
  expect(story.happen(cancel).kind).toBe('refused');
  story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
  expect(story.status).toBe('paying');
  story.saysOften(VALIDATED, 8, QUIET_MS);
  expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
});

test('an unknown attempt never ends by time', () => {
  const story = storyIn.paying();
  story.happen(cancel);
  story.saysOften(VALIDATED, 40, 12 * HOUR_MS);
  expect(story.status).toBe('paying');
});

test('a Y while paying waits for a new authorization once nothing has left', () => {
  const story = storyIn.bank_confirmed();
  const intentId = story.intendsPay();
  story.cashierReports('Y').applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
  expect(story.reports(VALIDATED).tryPay().kind).toBe('refused');
  expect(story.authorizes().reports(VALIDATED).next()).toEqual({ kind: 'pay' });
});
