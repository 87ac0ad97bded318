/** Rules 4, 15 and 17: what a restored database may conclude, and what it polls first. */

import { describe, expect, test } from 'vitest';
import type { History } from '../../src/payout/model/decision.ts';
import { wholeHistory } from '../../src/payout/policy/epoch.ts';
import {
  APPROVED,
  DAY_MS,
  DECLINED,
  EXPIRY_MS,
  MINUTE_MS,
  PAYING,
  policy,
  QUIET_MS,
  SECOND_MS,
  START,
  type Story,
  type StoryOptions,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const restored: History = { epoch: 2, startedAt: START + DAY_MS, isOpen: true, repliesFrom: 0 };
const ended: History = { ...restored, isOpen: false };
const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;

/** A payout whose database was restored to the moment at which it had this status. */
const restoredIn = (status: 'requested' | 'checking' | 'bank_confirmed', options?: StoryOptions) =>
  storyIn[status](options).wait(DAY_MS).surroundedBy({ history: restored });

const ask = { kind: 'poll' };

/**
 * The gateway says over the quiet period, after everything lost has finished, that it is unpaid.
 */
const saysUnpaid = (story: Story): Story => story.saysOften(VALIDATED, 5, QUIET_MS / 3);

/** A person has ended the epoch. */
const withEpochEnded = (story: Story): Story => story.surroundedBy({ history: ended });

describe('a payout that is requested in the backup', () => {
  test('is looked up before its first payout-check, over the whole quiet period', () => {
    const story = restoredIn('requested');
    expect(story.next()).toEqual({ kind: 'poll' });
    expect(story.tryCheck().kind).toBe('refused');
    story.refusesLookup().saysOften({ orderId: null, clientOrderId: 'other' }, 1, SECOND_MS);
    expect(story.tryCheck().kind, 'one lookup').toBe('refused');
    for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    expect(story.next()).toEqual({ kind: 'check' });
  });

  test('raises an item where no known order shows that lookups work', () => {
    const story = restoredIn('requested');
    for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
    expect(story.tryCheck().kind).toBe('refused');
    expect(story.codes).toContain('check_outcome_unknown');
    story.applied({ kind: 'check_released', by: 'Ann' });
    expect(story.next()).toEqual({ kind: 'check' });
  });

  test('counts no lookup and no release from before history was lost', () => {
    const before = storyIn.requested().wait(DAY_MS);
    const early: History = { ...restored, startedAt: START };
    before.surroundedBy({ history: early });
    for (let said = 0; said < 5; said += 1) {
      before.wait(QUIET_MS / 4).refusesLookup(null, 0, said === 4 ? before.now : null);
    }
    expect(before.next()).toEqual({ kind: 'check' });
    const story = before.wait(SECOND_MS);
    story.surroundedBy({ history: { ...restored, epoch: 3, startedAt: story.now } });
    expect(story.tryCheck().kind, 'lookups of the lost history').toBe('refused');
    for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    expect(story.tryCheck().kind, 'four lookups of this one').toBe('refused');
    story.wait(QUIET_MS / 4).refusesLookup();
    expect(story.next()).toEqual({ kind: 'check' });
  });

  test('takes over the order that a lookup finds, and never pays it', () => {
    const story = withEpochEnded(restoredIn('requested').reports(VALIDATED));
    expect([story.status, story.payout.moneyMoved]).toEqual(['processing', 'unknown']);
    expect(story.codes).toEqual(['order_adopted']);
    story.authorizes().reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.happen(cancel).kind).toBe('refused');
    expect(story.letters).toBe('');
  });

  test('whose order is refused as known already is looked up, not declined', () => {
    const story = restoredIn('requested');
    for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    const intentId = story.intendsCheck();
    story.applied({ kind: 'check_refused', intentId, code: '7', message: 'duplicate' });
    expect([story.status, story.letters]).toEqual(['checking', '']);
    expect(story.reports(APPROVED).status).toBe('approved');
    expect(story.letters).toBe('Y');
  });

  test('that the gateway refuses and has no order for is declined after the lookups', () => {
    const story = restoredIn('requested');
    for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    const intentId = story.intendsCheck();
    story.applied({ kind: 'check_refused', intentId, code: '7', message: 'no such bank' });
    for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    expect([story.status, story.letters]).toEqual(['declined', 'J']);
    expect(story.payout.reason).toEqual({ source: 'gateway', code: '7', message: 'no such bank' });
  });
});

test('a late answer to a payout-check of the lost history says nothing of what followed', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  const history = { ...ended, startedAt: story.now + SECOND_MS };
  story.wait(SECOND_MS).surroundedBy({ history }).checkAccepted(intentId);
  expect([story.happen(cancel).kind, story.letters]).toEqual(['refused', '']);
  story.authorizes().reports(VALIDATED);
  expect(story.tryPay().kind, 'a payout-pay may have been lost').toBe('refused');
});

describe('an adopted order', () => {
  const adopted = () => restoredIn('requested').reports(PAYING);

  test('ends by its status where amount and currency are shown and equal', () => {
    const paid = adopted().reports(APPROVED);
    expect([paid.status, paid.payout.moneyMoved, paid.letters]).toEqual(['approved', 'yes', 'Y']);
    const early = adopted().reports(DECLINED);
    expect(early.status, 'a payout-pay that was lost may still arrive').toBe('processing');
    const declined = adopted().wait(MINUTE_MS).reports(DECLINED);
    expect([declined.status, declined.letters]).toEqual(['declined', 'J']);
  });

  test.each([
    ['no amount', { amount: null }],
    ['no currency', { currency: null }],
    ['another amount', { amount: '1.00' }],
  ] as const)('with %s is decided by the operator', (_what, changes) => {
    const story = adopted().reports({ ...APPROVED, ...changes });
    expect(story.status).toBe('processing');
    expect(story.reports({ ...DECLINED, ...changes }).status).toBe('processing');
    expect(story.codes).toContain('order_adopted');
    const early = story.reports({ ...PAYING, ...changes }).resolves('not_paid');
    expect(early.kind, 'a payout-pay that was lost may still arrive').toBe('refused');
    story.wait(MINUTE_MS).reports({ ...PAYING, ...changes });
    expect(story.resolves('not_paid').kind).toBe('applied');
  });
});

describe('a payout that the bank had confirmed', () => {
  test('is paid only after a new authorization, also an automatic one', () => {
    const story = withEpochEnded(restoredIn('bank_confirmed')).reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.next()).toEqual({ kind: 'hold', code: 'needs_new_authorization' });
    story.authorizes().reports(VALIDATED);
    expect(story.next(), 'that reply may lag behind a payout-pay that was lost').toEqual(ask);
    saysUnpaid(story);
    expect(story.next()).toEqual({ kind: 'pay' });
  });

  test('is not released by an authorization from before the restore, nor by the cashier', () => {
    const before = tellStory({ release: 'on_authorization' }).authorizes().confirmed();
    const story = before.wait(MINUTE_MS);
    story.surroundedBy({ history: { ...ended, startedAt: story.now } }).reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    saysUnpaid(story.authorizes('cashier'));
    expect(story.tryPay().kind).toBe('refused');
    expect(story.authorizes().reports(VALIDATED).next()).toEqual({ kind: 'pay' });
  });

  test('is not paid while the epoch is open, however it is authorized', () => {
    const story = restoredIn('bank_confirmed').authorizes().reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.next()).toEqual({ kind: 'hold', code: 'paused' });
  });

  test('is canceled only after the gateway has said that it is not paid', () => {
    const story = restoredIn('bank_confirmed');
    expect(story.happen(cancel)).toMatchObject({ kind: 'refused', code: 'not_cancelable' });
    expect(story.status).toBe('bank_confirmed');
    story.reports(VALIDATED);
    expect(story.letters, 'one reply').toBe('');
    saysUnpaid(story);
    expect([story.status, story.letters]).toEqual(['canceled', 'C']);
  });

  test('that was paid is not canceled, and no notification reports a cancel', () => {
    const story = restoredIn('bank_confirmed');
    story.happen(cancel);
    story.reports(APPROVED);
    expect([story.status, story.letters]).toEqual(['processing', '']);
    expect(story.codes).toEqual(['approved_before_pay']);
  });

  test('does not expire before the gateway has said what became of it', () => {
    const story = restoredIn('bank_confirmed', { release: 'on_authorization' }).wait(EXPIRY_MS);
    story.applied({ kind: 'time_passed' });
    expect(story.status).toBe('bank_confirmed');
    saysUnpaid(story);
    expect([story.status, story.letters]).toEqual(['expired', 'C']);
  });
});

test('a cancel of a restored payout that the gateway does not know is carried out', () => {
  const story = restoredIn('requested');
  story.happen(cancel);
  for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
  expect([story.status, story.letters]).toEqual(['canceled', 'C']);
});

test('a payout created after a loss is looked up: its reference may have been used before', () => {
  const recent = tellStory({ epoch: 2 }).surroundedBy({ history: { ...ended, startedAt: START } });
  recent.refusesLookup();
  expect(recent.tryCheck().kind, 'one refused lookup').toBe('refused');
  for (let said = 0; said < 4; said += 1) recent.wait(QUIET_MS / 4).refusesLookup();
  expect(recent.next()).toEqual({ kind: 'check' });
  const later = { ...ended, startedAt: START - 4 * DAY_MS };
  const story = tellStory({ epoch: 2 }).surroundedBy({ history: later });
  expect(story.tryCheck().kind).toBe('refused');
  story.refusesLookup();
  expect(story.next(), 'days after it one lookup is enough').toEqual({ kind: 'check' });
});

test('a payout that waited for over a minute is looked up before its first payout-check', () => {
  const story = tellStory().wait(MINUTE_MS);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryCheck().kind).toBe('refused');
  story.refusesLookup();
  expect(story.next()).toEqual({ kind: 'check' });
  expect(tellStory().next()).toEqual({ kind: 'check' });
});

describe('an answer to a command that the row does not know', () => {
  test.each(['pay_accepted', 'pay_unknown'] as const)('%s stops everything, urgently', (kind) => {
    const story = storyIn.bank_confirmed();
    const answer = { orderId: null, serialNumber: null, cause: 'timeout' };
    story.applied({ ...answer, kind, intentId: 'lost' });
    expect([story.status, story.payout.moneyMoved]).toEqual(['processing', 'unknown']);
    expect(story.codes).toEqual(['lost_intent']);
    story.reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.happen(cancel).kind).toBe('refused');
    expect(story.reports(APPROVED).status).toBe('approved');
  });

  test('counts next to the payout-pay that is on record, and did not leave', () => {
    const story = storyIn.bank_confirmed();
    const intentId = story.intendsPay();
    story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'timeout' });
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'too_late' });
    expect([story.status, story.payout.moneyMoved]).toEqual(['paying', 'unknown']);
    expect([story.happen(cancel).kind, story.letters]).toEqual(['refused', 'A']);
  });

  test('an accepted payout-check that is not on record blocks payout-pay', () => {
    const story = tellStory();
    story.applied({
      kind: 'check_accepted',
      intentId: 'lost',
      orderId: '7001',
      serialNumber: null,
    });
    story.reports(VALIDATED);
    expect(story.codes).toContain('lost_intent');
    expect(story.tryPay().kind).toBe('refused');
  });

  test('on a payout that has ended without payment it leaves the money unknown', () => {
    const story = storyIn.canceled();
    story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'timeout' });
    expect([story.status, story.payout.moneyMoved]).toEqual(['canceled', 'unknown']);
    expect(story.codes).toEqual(['lost_intent']);
  });

  test('a late answer to a closed attempt is none of these', () => {
    const story = storyIn.bank_confirmed();
    const intentId = story.intendsPay();
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'too_late' });
    story.applied({ kind: 'pay_unknown', intentId, cause: 'timeout' });
    expect(story.codes).toEqual([]);
  });
});

test('nothing is paid on a reply from before a lost connection', () => {
  const story = storyIn.bank_confirmed();
  const repliesFrom = story.now + 1;
  story.surroundedBy({ history: { ...wholeHistory, repliesFrom } });
  expect(story.tryPay().kind).toBe('refused');
  expect(story.reports(VALIDATED).next()).toEqual({ kind: 'pay' });
});

test('a reply that came too early after a lost connection is followed by another one soon', () => {
  const story = storyIn.bank_confirmed().wait(20 * MINUTE_MS);
  const repliesFrom = story.now + 10 * SECOND_MS;
  story.surroundedBy({ history: { ...wholeHistory, repliesFrom } }).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.dueInMs()).toBeLessThanOrEqual(policy.pollMaxMs);
  story.wait(10 * SECOND_MS).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});
