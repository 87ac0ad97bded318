/**
 * A payout whose gateway is gone for good: two operators decide, and only where nothing else can.
 */

import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/payout/model/decision.ts';
import {
  APPROVED,
  DAY_MS,
  HOUR_MS,
  PAYING,
  type Story,
  storyIn,
  VALIDATED,
} from '../support/payouts.ts';

const finds = (story: Story, finding: 'paid' | 'not_paid'): Decision =>
  story.happen({
    kind: 'resolved_unseen',
    finding,
    evidence: 'bank statement 12',
    proposedBy: 'Ann',
    proposedKey: 'first',
    by: 'Bob',
  });

const proposes = (story: Story): Decision =>
  story.happen({ kind: 'resolve_proposed', finding: 'paid', evidence: 'ticket', by: 'Ann' });

describe.each(['paying', 'processing', 'awaiting_receiver'] as const)('in %s', (status) => {
  const silent = () => storyIn[status]().wait(DAY_MS + 60_000);

  test.each([
    ['paid', 'approved', 'yes', 'Y'],
    ['not_paid', 'declined', 'no', 'J'],
  ] as const)('%s ends it as %s, with an urgent record', (finding, end, moved, letter) => {
    const story = silent();
    expect(finds(story, finding)).toMatchObject({
      kind: 'applied',
      summary: expect.stringContaining('Ann and Bob, without the gateway'),
    });
    expect(story.payout).toMatchObject({
      status: end,
      moneyMoved: moved,
      reason: { source: 'operator', message: 'bank statement 12' },
    });
    expect(story.codes).toEqual(['resolved_unseen']);
    expect(story.letters).toBe(`AP${letter}`);
  });

  test('is refused while the gateway was heard within a day', () => {
    const story = storyIn[status]().wait(DAY_MS - HOUR_MS);
    expect(proposes(story)).toMatchObject({ kind: 'refused', code: 'not_resolvable' });
    expect(finds(story, 'paid')).toMatchObject({ kind: 'refused', code: 'not_resolvable' });
    story.wait(DAY_MS).reports(status === 'paying' ? VALIDATED : PAYING);
    expect(finds(story, 'paid').kind).toBe('refused');
    story.wait(DAY_MS).failsToSay();
    expect(finds(story, 'paid').kind).toBe('applied');
  });
});

test('a payout that was to be stopped ends as asked, where nothing was paid', () => {
  const story = storyIn.paying();
  story.happen({ kind: 'canceled', by: 'platform', source: 'api' });
  story.wait(DAY_MS + 60_000);
  expect(finds(story, 'not_paid').kind).toBe('applied');
  expect([story.status, ...story.codes]).toEqual(['canceled', 'resolved_unseen']);
});

test('while payout-pay may still arrive it is refused', () => {
  const story = storyIn.bank_confirmed();
  story.intendsPay();
  expect(finds(story.wait(1000), 'not_paid')).toMatchObject({
    summary: 'A command may still arrive at the gateway.',
  });
});

test.each(['requested', 'checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'in %s it is canceled instead, unless lost history may have paid it',
  (status) => {
    const story = storyIn[status]().wait(2 * DAY_MS);
    expect(finds(story, 'not_paid')).toMatchObject({
      summary: expect.stringMatching(/^Cancel it/),
    });
    const history = { epoch: 2, startedAt: story.now, isOpen: false, repliesFrom: 0 };
    story.surroundedBy({ history }).wait(2 * DAY_MS);
    expect(finds(story, 'not_paid').kind).toBe('applied');
    expect(story.status).toBe('declined');
  },
);

test('before payout-pay it is accepted where the gateway has shown a payment', () => {
  const story = storyIn.bank_confirming().reports(PAYING);
  story.happen({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(finds(story.wait(2 * DAY_MS), 'not_paid').kind).toBe('applied');
  expect([story.status, story.payout.moneyMoved]).toEqual(['canceled', 'no']);
});

test('a proposal changes nothing', () => {
  const story = storyIn.processing().wait(2 * DAY_MS);
  const before = story.payout;
  expect(proposes(story)).toMatchObject({ kind: 'applied', letters: [] });
  expect(story.payout).toEqual(before);
});

test('for ten seconds after a lost connection, and for a day after a loss, it is refused', () => {
  const story = storyIn.processing().wait(2 * DAY_MS);
  const { now } = story;
  const repliesFrom = now + 10_000;
  story.surroundedBy({ history: { epoch: 1, startedAt: 0, isOpen: false, repliesFrom } });
  expect(finds(story, 'paid')).toMatchObject({
    summary: expect.stringMatching(/was lost just now/),
  });
  expect(proposes(story).kind).toBe('refused');
  story.surroundedBy({ history: { epoch: 2, startedAt: now, isOpen: false, repliesFrom: 0 } });
  expect(finds(story.wait(DAY_MS - HOUR_MS), 'paid').kind).toBe('refused');
  expect(finds(story.wait(2 * HOUR_MS), 'paid').kind).toBe('applied');
});

test('a payout that ended meanwhile is left as it is', () => {
  const story = storyIn.processing().wait(2 * DAY_MS);
  expect(proposes(story).kind).toBe('applied');
  story.reports(APPROVED).wait(2 * DAY_MS);
  expect(finds(story, 'not_paid')).toMatchObject({
    summary: 'The payout is approved, and its money is not in doubt.',
  });
  expect(story.payout).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
});

test('a row that was changed by hand is settled too, as no other command can end it', () => {
  const story = storyIn.processing().wait(2 * DAY_MS);
  story.surroundedBy({ integrity: 'altered' });
  expect(finds(story, 'not_paid').kind).toBe('applied');
  expect(story.status).toBe('declined');
});

test('of a final payout it settles only money that is in doubt', () => {
  const certain = storyIn.declined().wait(2 * DAY_MS);
  expect(finds(certain, 'paid').kind).toBe('refused');
  const story = storyIn.declined().wait(DAY_MS).reports(APPROVED);
  expect(story.payout.moneyMoved).toBe('unknown');
  expect(finds(story, 'paid').kind).toBe('refused');
  story.wait(2 * DAY_MS);
  expect(finds(story, 'paid').kind).toBe('applied');
  expect(story.payout).toMatchObject({ status: 'declined', moneyMoved: 'yes' });
  expect(story.codes).toEqual(['resolved_unseen']);
});

test('a gateway that comes back and says otherwise is shown as a contradiction', () => {
  const story = storyIn.processing().wait(2 * DAY_MS);
  finds(story, 'not_paid');
  story.wait(HOUR_MS).reports(APPROVED);
  expect(story.payout).toMatchObject({ status: 'declined', moneyMoved: 'unknown' });
  expect(story.codes).toContain('final_contradicted');
});
