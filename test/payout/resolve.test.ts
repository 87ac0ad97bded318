/** The word "resolve": what a person may decide, and on what. */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  DECLINED,
  HOUR_MS,
  MINUTE_MS,
  PAYING,
  QUIET_MS,
  SECOND_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

describe.each(['paying', 'processing', 'awaiting_receiver'] as const)('in %s', (status) => {
  const asked = () => storyIn[status]().wait(MINUTE_MS).reports(VALIDATED);

  test('paid ends as approved, not_paid as declined by an operator', () => {
    const paid = asked();
    expect(paid.resolves('paid').kind).toBe('applied');
    expect([paid.status, paid.payout.moneyMoved, paid.letters]).toEqual(['approved', 'yes', 'APY']);
    const notPaid = asked().wait(HOUR_MS).reports(VALIDATED);
    expect(notPaid.resolves('not_paid').kind).toBe('applied');
    expect([notPaid.status, notPaid.payout.moneyMoved]).toEqual(['declined', 'no']);
    expect(notPaid.letters).toBe('APJ');
    expect(notPaid.payout.reason).toEqual({ source: 'operator', code: null, message: 'ticket 1' });
  });

  test('it is refused without a fresh answer, against an order, and as no_order', () => {
    expect(asked().failsToSay().resolves('paid', 5)).toMatchObject({ code: 'not_resolvable' });
    // Another reply was read between the status request before the command and the command.
    const outpaced = asked().reports(VALIDATED).resolves('paid', 20);
    expect(outpaced).toMatchObject({ kind: 'refused', code: 'outpaced' });
    expect(asked().resolves('no_order').kind).toBe('refused');
    const other = asked()
      .wait(MINUTE_MS)
      .reports({ ...PAYING, orderId: '7002' });
    expect(other.resolves('paid').kind).toBe('refused');
  });
});

test('it is refused against a contrary end that the gateway names', () => {
  const undecided = { status: 'declined', stage: 'payout_chain_declined' };
  expect(storyIn.processing().reports(undecided).resolves('paid').kind).toBe('refused');
  const early = storyIn.bank_confirming().reports(APPROVED);
  expect(early.resolves('not_paid').kind).toBe('refused');
});

test('an error whose result the gateway does not know contradicts no finding', () => {
  const error = { status: 'error', stage: 'payout_error' };
  const paid = storyIn.processing().reports(error);
  expect(paid.codes).toEqual(['gateway_error']);
  expect(paid.resolves('paid').kind).toBe('applied');
  expect([paid.status, paid.codes]).toEqual(['approved', []]);
  expect(storyIn.processing().reports(error).resolves('not_paid').kind).toBe('applied');
});

test('it is refused as long as an unanswered payout-pay may still arrive', () => {
  const story = storyIn.paying().reports(VALIDATED);
  expect(story.resolves('paid').kind).toBe('refused');
  story.wait(36 * SECOND_MS).reports(VALIDATED);
  expect(story.resolves('paid').kind).toBe('applied');
});

test('not_paid needs an item that calls for it, or an hour without an end', () => {
  const story = storyIn
    .processing()
    .wait(2 * SECOND_MS)
    .reports(VALIDATED);
  expect(story.resolves('not_paid')).toMatchObject({ kind: 'refused', code: 'not_resolvable' });
  story.wait(HOUR_MS).reports(VALIDATED);
  expect(story.resolves('not_paid').kind).toBe('applied');
  const error = storyIn.processing().wait(2 * SECOND_MS);
  error.reports({ status: 'error', stage: 'payout_error' });
  expect(error.resolves('not_paid').kind).toBe('applied');
});

test('an open intent without an answer is waited for too', () => {
  const story = storyIn.bank_confirmed();
  story.intendsPay();
  story.wait(20 * SECOND_MS).reports(VALIDATED);
  expect(story.resolves('paid').kind).toBe('refused');
  story.wait(16 * SECOND_MS).reports(VALIDATED);
  expect(story.resolves('paid').kind).toBe('applied');
  expect(story.tryPay().kind).toBe('refused');
});

test('no_order ends a checking payout after the gateway has refused a fresh lookup', () => {
  const story = storyIn.checking().wait(36 * SECOND_MS);
  expect(story.resolves('no_order').kind).toBe('refused');
  story.refusesLookup();
  expect(story.resolves('no_order', 5).kind, 'a lookup of before').toBe('refused');
  story.refusesLookup();
  expect(story.resolves('no_order').kind).toBe('applied');
  expect([story.status, story.letters]).toEqual(['declined', 'J']);
});

test('no_order is refused while payout-check may still arrive, and where an order is known', () => {
  const story = storyIn
    .checking()
    .wait(20 * SECOND_MS)
    .refusesLookup();
  expect(story.resolves('no_order').kind).toBe('refused');
  expect(storyIn.bank_confirming().reports({}).resolves('no_order').kind).toBe('refused');
});

test('no_order needs all lookups where a callback has named an order', () => {
  const story = storyIn.checking().wait(HOUR_MS);
  const callback = { kind: 'callback_received', status: 'approved', type: null } as const;
  story.applied({ ...callback, later: false, orderId: '7001' });
  story.wait(SECOND_MS).refusesLookup(null, 0, null);
  expect(story.resolves('no_order').kind, 'one lookup').toBe('refused');
  expect(story.letters).toBe('');
  for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  expect(story.codes).toContain('check_outcome_unknown');
  expect(story.resolves('no_order').kind).toBe('applied');
});

test('no_order needs all lookups where a lost history may have paid the order', () => {
  const story = storyIn.checking().wait(HOUR_MS);
  const history = { epoch: 2, startedAt: story.now, isOpen: true, repliesFrom: 0 };
  story.surroundedBy({ history }).wait(SECOND_MS).refusesLookup(null, 0, null);
  expect(story.resolves('no_order').kind, 'one lookup').toBe('refused');
  for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  expect(story.resolves('no_order').kind).toBe('applied');
});

test('no_order is refused while a payout-check of the lost history may still arrive', () => {
  const story = storyIn.checking({ policy: { checkQuietMs: SECOND_MS } }).wait(HOUR_MS);
  const history = { epoch: 2, startedAt: story.now, isOpen: true, repliesFrom: 0 };
  story.surroundedBy({ history });
  for (let said = 0; said < 5; said += 1) story.wait(SECOND_MS).refusesLookup(null, 0, null);
  expect(story.resolves('no_order').kind).toBe('refused');
  story.wait(36 * SECOND_MS).refusesLookup(null, 0, null);
  expect(story.resolves('no_order').kind).toBe('applied');
});

test.each(['requested', 'checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'in %s a payout is canceled, not found paid or unpaid',
  (status) => {
    expect(storyIn[status]().reports({ orderId: null }).resolves('paid').kind).toBe('refused');
    expect(storyIn[status]().reports({ orderId: null }).resolves('not_paid').kind).toBe('refused');
  },
);

test('an order that shows nothing but a later event is for the operator to decide', () => {
  const story = storyIn.processing();
  story.reports({ ...APPROVED, transactionType: 'reversal' });
  expect([story.status, story.codes]).toEqual(['processing', ['later_event']]);
  expect(story.resolves('paid').kind).toBe('applied');
  expect([story.status, story.letters]).toEqual(['approved', 'APY']);
});

describe('on a final payout', () => {
  const contradicted = () => storyIn.approved().wait(MINUTE_MS).reports(DECLINED);

  test('only money_moved is resolved, and the contradiction with it', () => {
    const story = contradicted();
    expect(story.resolves('not_paid').kind).toBe('applied');
    expect([story.status, story.payout.moneyMoved, story.codes]).toEqual(['approved', 'no', []]);
    expect(story.letters).toBe('APY');
  });

  test('what was resolved stays resolved when the gateway says the same again', () => {
    const story = contradicted();
    story.resolves('not_paid');
    story.saysOften(DECLINED, 3, MINUTE_MS);
    expect([story.payout.moneyMoved, story.codes]).toEqual(['no', []]);
    story.reports(APPROVED);
    expect([story.payout.moneyMoved, story.codes]).toEqual(['unknown', ['final_contradicted']]);
  });

  test('it is refused against the end that the gateway names, and without a fresh answer', () => {
    expect(contradicted().resolves('paid').kind).toBe('refused');
    expect(contradicted().failsToSay().resolves('not_paid', 5).kind).toBe('refused');
    expect(contradicted().resolves('no_order').kind).toBe('refused');
  });

  test('without an order there is nothing to poll', () => {
    const story = tellStory().applied({ kind: 'canceled', by: 'platform', source: 'api' });
    story.cashierReports('Y');
    expect(story.codes).toEqual(['cashier_contradicts_payment']);
    expect(story.resolves('not_paid').kind).toBe('applied');
    expect(story.codes).toEqual([]);
  });

  test('watching goes on', () => {
    const story = contradicted();
    story.resolves('not_paid');
    expect(story.due()).not.toBeNull();
  });
});
