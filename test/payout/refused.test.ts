/** The word "refused": what a validation-error to payout-check, or to a status request, means. */

import { expect, test } from 'vitest';
import { QUIET_MS, SECOND_MS, storyIn, tellStory, VALIDATED } from '../support/payouts.ts';

const refusal = { kind: 'check_refused', code: '7', message: 'no such bank' } as const;

test('a refused first payout-check ends the payout as declined, with the reason and J', () => {
  const story = tellStory();
  story.applied({ ...refusal, intentId: story.intendsCheck() });
  expect(story.status).toBe('declined');
  expect(story.payout.moneyMoved).toBe('no');
  expect(story.payout.reason).toEqual({ source: 'gateway', code: '7', message: 'no such bank' });
  expect(story.letters).toBe('J');
});

test('it is the first one too when those before it never left', () => {
  const story = tellStory();
  for (let tries = 0; tries < 5; tries += 1) {
    const intentId = story.intendsCheck();
    story.applied({ kind: 'check_not_sent', intentId, cause: 'ECONNREFUSED' });
  }
  story.applied({ ...refusal, intentId: story.intendsCheck() });
  expect(story.status).toBe('declined');
  expect(story.codes).toEqual([]);
});

const named = { status: 'approved', type: 'payout', later: false, orderId: '7001' };

test('where a callback has named an order it is looked up', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  story.applied({ kind: 'callback_received', ...named }).applied({ ...refusal, intentId });
  expect([story.status, story.letters]).toEqual(['checking', '']);
  expect(story.reports(VALIDATED).codes, 'an order that a refused one has not made').toEqual([
    'order_adopted',
  ]);
});

test('an order that a callback names is looked up before the first payout-check, too', () => {
  const story = tellStory().applied({ kind: 'callback_received', ...named });
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.refusesLookup().tryCheck().kind, 'one lookup').toBe('refused');
  for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
  expect(story.next()).toEqual({ kind: 'check' });
});

test('a refused repeat is looked up', () => {
  const story = storyIn.checking().wait(36 * SECOND_MS);
  for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS).refusesLookup();
  story.applied({ ...refusal, intentId: story.intendsCheck() });
  expect(story.status).toBe('checking');
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.reports(VALIDATED).status).toBe('bank_confirmed');
});

test('a refusal that comes after the order was found decides nothing', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  story.reports(VALIDATED).applied({ ...refusal, intentId });
  expect(story.status).toBe('bank_confirmed');
});

test('a refusal of a closed attempt decides nothing', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_unknown', intentId, cause: 'timeout' });
  story.applied({ ...refusal, intentId });
  expect(story.status).toBe('checking');
});

test('a refused status request by order id changes nothing and is shown', () => {
  const story = storyIn.processing();
  const before = story.payout;
  story.refusesLookup('9');
  expect(story.status).toBe('processing');
  expect(story.payout.moneyMoved).toBe(before.moneyMoved);
  expect(story.codes).toEqual(['access_refused']);
  expect(story.dueInMs()).toBeGreaterThan(0);
  story.reports({ stage: 'payout_processing' });
  expect(story.codes).toEqual([]);
});

test('a lookup by our id that is answered late is no news once the order is known', () => {
  const story = storyIn.bank_confirming();
  const event = {
    kind: 'status_refused',
    byClientOrderId: true,
    code: null,
    message: null,
  } as const;
  story.applied({ ...event, requestedAt: story.now, asOf: story.payout.tracking.sequence });
  expect(story.codes).toEqual([]);
});
