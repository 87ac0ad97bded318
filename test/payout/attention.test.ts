/**
 * What a person has to look at: when it is shown, when it goes away, and which item comes first.
 */

import { describe, expect, test } from 'vitest';
import {
  type Attention,
  type AttentionCode,
  attentionCodes,
  clear,
  clearAutomatic,
  foremost,
  raise,
} from '../../src/payout/model/attention.ts';
import { attentionFacts } from '../../src/payout/model/attention-facts.ts';
import {
  APPROVED,
  DAY_MS,
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

const none: { attention: readonly Attention[] } = { attention: [] };
const urgent: AttentionCode = 'second_order';

describe('the list', () => {
  test('says for every code in sentences what is wrong and what an operator does', () => {
    for (const code of attentionCodes) {
      expect(attentionFacts[code].message).toMatch(/^[A-Z].*\.$/);
      expect(attentionFacts[code].action).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('shows the most severe, and what is not acknowledged before what is', () => {
    const both = raise(raise(none, 'slow', 1), urgent, 2);
    expect(foremost(both.attention)?.code).toBe(urgent);
    // The normal one stands before the urgent one in the list.
    const cashier = raise(raise(none, 'cashier_contradicts', 1), 'cashier_contradicts_payment', 2);
    expect(foremost(cashier.attention)?.code).toBe('cashier_contradicts_payment');
    const seen = both.attention.map((entry) =>
      entry.code === urgent ? { ...entry, acknowledgedBy: 'Ann' } : entry,
    );
    expect(foremost(seen)?.code).toBe('slow');
    expect(foremost([])).toBeNull();
  });

  test('keeps the first time of a condition, and shows a new fact anew', () => {
    const slow = raise(raise(none, 'slow', 1, 'a'), 'slow', 2, 'b');
    expect(slow.attention).toMatchObject([{ since: 1, detail: 'a' }]);
    const second = raise(raise(none, urgent, 1, 'a'), urgent, 2, 'a');
    expect(second.attention).toMatchObject([{ since: 1 }]);
    expect(raise(second, urgent, 3, 'b').attention).toMatchObject([{ since: 3, detail: 'b' }]);
  });

  test('an end clears conditions, not facts, and keeps the given ones', () => {
    const all = attentionCodes.reduce((payout, code) => raise(payout, code, 1), none);
    const facts = attentionCodes.filter((code) => !attentionFacts[code].clears);
    expect(clearAutomatic(all).attention.map(({ code }) => code)).toEqual(facts);
    expect(clearAutomatic(all, 'slow').attention.map(({ code }) => code)).toContain('slow');
    expect(clear(none, 'slow')).toBe(none);
  });
});

test('an operator acknowledges an item once; it stays open and the first one is kept', () => {
  const story = storyIn.processing().reports({ ...PAYING, amount: '1.00' });
  story.applied({ kind: 'acknowledged', code: 'amount_mismatch', by: 'Ann' });
  story.applied({ kind: 'acknowledged', code: 'amount_mismatch', by: 'Bob' });
  expect(story.payout.attention).toMatchObject([{ acknowledgedBy: 'Ann' }]);
  const missing = story.happen({ kind: 'acknowledged', code: 'slow', by: 'Ann' });
  expect(missing).toMatchObject({ kind: 'refused', code: 'nothing_to_acknowledge' });
});

test('attention never stops the asking', () => {
  const story = storyIn.processing().reports({ ...PAYING, orderId: '7002' });
  for (let day = 0; day < 20; day += 1) {
    expect(story.due()).not.toBeNull();
    expect(story.next()).toEqual({ kind: 'poll' });
    story.wait(DAY_MS).failsToSay(403);
  }
});

describe('slow', () => {
  test('is shown when an order has not moved for an hour, and gone when it moves', () => {
    const story = storyIn
      .bank_confirming()
      .wait(59 * MINUTE_MS)
      .reports({});
    expect(story.codes).toEqual([]);
    story.wait(2 * MINUTE_MS).reports({});
    expect(story.codes).toEqual(['slow']);
    expect(story.reports(VALIDATED).codes).toEqual([]);
  });

  test('is shown when the gateway has not answered for an hour either', () => {
    expect(storyIn.processing().wait(HOUR_MS).failsToSay().codes).toEqual(['slow']);
    expect(storyIn.checking().wait(HOUR_MS).refusesLookup().codes).toContain('slow');
  });

  test('is not shown where the next step is ours or for the operator', () => {
    const waiting = storyIn.bank_confirmed({ release: 'on_authorization' });
    expect(waiting.wait(DAY_MS).failsToSay().codes).toEqual([]);
    const paused = storyIn.bank_confirmed().applied({ kind: 'held', code: 'paused' });
    expect(paused.wait(DAY_MS).reports(VALIDATED).codes).toEqual(['paused']);
  });

  test('is shown where the bank confirmed and the replies still never let it be paid', () => {
    const nameless = tellStory().checked().reports(VALIDATED);
    nameless.wait(2 * HOUR_MS).reports({ ...VALIDATED, orderId: null });
    expect(nameless.codes).toEqual(['slow']);
    const sluggish = tellStory()
      .checked()
      .reports(VALIDATED)
      .wait(2 * HOUR_MS);
    expect(sluggish.reports(VALIDATED, 11 * SECOND_MS).codes).toEqual(['slow']);
    expect(sluggish.reports(VALIDATED).codes).toEqual([]);
  });

  test('is put off by an authorization', () => {
    const story = storyIn.bank_confirmed({ release: 'on_authorization' }).wait(DAY_MS);
    story.applied({ kind: 'authorized', by: 'boss', source: 'api' });
    expect(story.wait(50 * MINUTE_MS).failsToSay().codes).toEqual([]);
    expect(story.wait(20 * MINUTE_MS).failsToSay().codes).toEqual(['slow']);
  });

  test('is not put off by hints after which nothing moved', () => {
    const story = storyIn.processing().wait(50 * MINUTE_MS);
    story.applied({ kind: 'callback_received', status: 'unknown', type: null, later: false });
    story.applied({ kind: 'receiver_returned' });
    expect(story.reports(PAYING).codes).toEqual([]);
    expect(story.wait(20 * MINUTE_MS).reports(PAYING).codes).toEqual(['slow']);
  });
});

describe('refused access', () => {
  test.each([401, 403])('HTTP %d is shown until the gateway answers again', (http) => {
    const story = storyIn.processing().failsToSay(http);
    expect(story.codes).toEqual(['access_refused']);
    expect(story.reports(PAYING).codes).toEqual([]);
  });

  test.each([null, 404, 408, 429, 500])('%s is not taken for it', (http) => {
    expect(storyIn.processing().failsToSay(http).codes).toEqual([]);
  });
});

test('amounts that differ at the end are shown with both figures, and go when they are right', () => {
  const story = storyIn.processing().reports({ ...APPROVED, amount: '90.50' });
  expect(story.status).toBe('approved');
  expect(story.payout.attention).toMatchObject([
    { code: 'amount_mismatch', detail: 'ours 100.50 EUR, shown 90.50 EUR' },
  ]);
  expect(story.wait(HOUR_MS).reports(APPROVED).codes).toEqual([]);
});

test('an unlisted answer is shown after ten minutes of the same, and gone with another', () => {
  const odd = { status: 'processing', stage: 'payout_new_word' };
  const story = storyIn
    .processing()
    .reports(odd)
    .wait(QUIET_MS - MINUTE_MS)
    .reports(odd);
  expect(story.codes).toEqual([]);
  story.wait(2 * MINUTE_MS).reports(odd);
  expect(story.payout.attention).toMatchObject([
    { code: 'unlisted_answer', detail: 'processing/payout_new_word' },
  ]);
  expect(story.reports(PAYING).codes).toEqual([]);
});

test('words of the gateway are kept short', () => {
  const odd = { status: 'x'.repeat(5000), stage: 'y'.repeat(5000) };
  const story = storyIn
    .processing()
    .reports(odd)
    .wait(QUIET_MS)
    .reports(odd)
    .wait(QUIET_MS)
    .reports(odd);
  expect(story.payout.attention[0]?.detail?.length).toBeLessThan(200);
  expect(JSON.stringify(story.payout.tracking).length).toBeLessThan(2000);
});

test('an end clears what was a condition', () => {
  const story = storyIn
    .processing()
    .wait(2 * HOUR_MS)
    .failsToSay(403);
  expect(story.codes.toSorted()).toEqual(['access_refused', 'slow']);
  expect(story.reports(DECLINED).codes).toEqual([]);
});

describe('what the cashier contradicts', () => {
  test.each([
    ['processing', 'J', 'cashier_contradicts'],
    ['paying', 'C', 'cashier_contradicts'],
    ['approved', 'J', 'cashier_contradicts_payment'],
    ['approved', 'C', 'cashier_contradicts_payment'],
    ['declined', 'A', 'cashier_contradicts'],
    ['canceled', 'P', 'cashier_contradicts'],
    ['expired', 'Y', 'cashier_contradicts_payment'],
  ] as const)('%s against %s is %s', (status, letter, code) => {
    const story = storyIn[status]().cashierReports(letter);
    expect(story.codes).toEqual([code]);
    expect(story.status).toBe(status);
  });

  test.each([
    ['processing', 'Y'],
    ['processing', 'A'],
    ['approved', 'Y'],
    ['approved', 'P'],
    ['declined', 'J'],
    ['canceled', 'C'],
    ['requested', 'P'],
  ] as const)('%s against %s is nothing', (status, letter) => {
    expect(storyIn[status]().cashierReports(letter).codes).toEqual([]);
  });
});

test('what holds a payout before payout-check is only its endpoint', () => {
  const story = tellStory().applied({ kind: 'held', code: 'paused' });
  expect(story.codes).toEqual([]);
});
