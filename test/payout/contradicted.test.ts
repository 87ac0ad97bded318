/** What a person, a release of a check, and watching after the end may not add up to. */

import { expect, test } from 'vitest';
import {
  APPROVED,
  HOUR_MS,
  PAYING,
  QUIET_MS,
  SECOND_MS,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

test('not_paid is refused while the gateway shows the payment under way, whatever else is odd', () => {
  const story = tellStory().confirmed().paid();
  story.wait(2 * SECOND_MS).reports({ ...PAYING, amount: '99.00' });
  expect(story.codes).toContain('amount_mismatch');
  expect(story.resolves('not_paid').kind).toBe('refused');
});

test('a form that the receiver is filling in is no not_paid either', () => {
  const story = tellStory().confirmed().paid();
  story
    .wait(2 * SECOND_MS)
    .reports({ ...PAYING, amount: '99.00', redirectTo: 'https://bank.example/f' });
  expect(story.resolves('not_paid').kind).toBe('refused');
});

test('a callback that names an order takes a release of a second check back', () => {
  const story = storyIn.checking().wait(HOUR_MS);
  for (let n = 0; n < 5; n += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  story.applied({ kind: 'check_released', by: 'Ann' });
  story.applied({
    kind: 'callback_received',
    status: 'processing',
    type: null,
    later: false,
    orderId: '7001',
  });
  story.wait(SECOND_MS).refusesLookup(null, 0, null);
  expect(story.tryCheck().kind).toBe('refused');
});

test('without any loss noticed, a payment that we did not begin is not canceled', () => {
  const story = storyIn.bank_confirmed();
  story.wait(SECOND_MS).reports(PAYING);
  expect(story.happen({ kind: 'canceled', by: 'platform', source: 'api' }).kind).toBe('refused');
  expect(story.letters).toBe('');
});

test('a later contradiction of an end whose money is unknown is shown', () => {
  const story = storyIn.canceled();
  story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'timeout' });
  story.wait(SECOND_MS).reports(APPROVED);
  expect([story.payout.moneyMoved, story.codes]).toEqual([
    'unknown',
    ['lost_intent', 'final_contradicted'],
  ]);
});

test('a canceled payout that the gateway shows being paid raises an item', () => {
  const story = storyIn.canceled();
  story.wait(SECOND_MS).reports(PAYING);
  expect(story.codes).toContain('final_contradicted');
});

test('authorization of an older epoch never counts with VALIDATED alone', () => {
  const story = tellStory({ release: 'on_authorization' }).authorizes().confirmed();
  story
    .surroundedBy({ history: { epoch: 2, startedAt: story.now, isOpen: false, repliesFrom: 0 } })
    .reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
});

test('one mapped refusal days after the first attempt is no quiet period', () => {
  const story = storyIn.checking({ policy: { orderNotFoundCodes: ['21'] } });
  story.applied({ kind: 'check_unknown', intentId: 'i-1', cause: 'reset' });
  story
    .wait(24 * HOUR_MS)
    .surroundedBy({ history: { epoch: 2, startedAt: story.now, isOpen: true, repliesFrom: 0 } });
  story.happen({ kind: 'canceled', by: 'platform', source: 'api' });
  story.refusesLookup('21');
  expect(story.letters).toBe('');
});
