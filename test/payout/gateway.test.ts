/** Rule 16: a payout belongs to one gateway, and another one is neither sent to nor believed. */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  GATEWAY,
  MINUTE_MS,
  ORDER_ID,
  PAYING,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const OTHER = { ...GATEWAY, identity: 'gateway-2' };
const elsewhere = (story: Story): Story => story.surroundedBy({ gateway: OTHER });

describe('with another gateway configured', () => {
  test.each(['requested', 'checking', 'bank_confirmed', 'paying', 'processing'] as const)(
    'a payout in %s is held, and not even polled',
    (status) => {
      const story = elsewhere(storyIn[status]());
      expect(story.next()).toEqual({ kind: 'hold', code: 'other_gateway' });
      story.applied({ kind: 'held', code: 'other_gateway' });
      expect(story.codes).toEqual(['other_gateway']);
      expect(story.dueInMs()).toBeGreaterThanOrEqual(MINUTE_MS);
      expect(story.tryCheck().kind).toBe('refused');
      expect(story.tryPay().kind).toBe('refused');
    },
  );

  test('its replies are not believed', () => {
    const story = elsewhere(storyIn.processing()).reports(APPROVED);
    expect(story.status).toBe('processing');
    expect(elsewhere(tellStory()).refusesLookup().payout.tracking.check.refusedLookups).toBeNull();
  });

  test('a final payout is no longer watched there', () => {
    const story = elsewhere(storyIn.approved());
    expect(story.reports({ status: 'declined' }).codes).toEqual([]);
  });

  test.each(['paying', 'processing', 'approved'] as const)(
    'what a callback reports and a poll may never show is told, in %s, and changes nothing else',
    (status) => {
      for (const news of [
        { type: 'reversal', later: true, orderId: ORDER_ID },
        { type: 'payout', later: false, orderId: 'another' },
      ]) {
        const story = elsewhere(storyIn[status]());
        const before = story.payout;
        story.applied({ kind: 'callback_received', status: 'approved', ...news });
        expect(story.codes).toEqual(['later_event_reported']);
        const { attention, version } = story.payout;
        expect(story.payout).toEqual({ ...before, attention, version });
        expect(version).toBe(before.version + 1);
      }
    },
  );

  test('any other callback is kept in the journal only', () => {
    const story = elsewhere(storyIn.processing());
    const before = story.payout;
    const news = { type: 'payout', later: false, orderId: ORDER_ID };
    story.applied({ kind: 'callback_received', status: 'approved', ...news });
    expect(story.payout).toEqual(before);
  });
});

test('the payout goes on once its gateway is configured again, or another one continues it', () => {
  for (const gateway of [GATEWAY, { ...OTHER, continues: [GATEWAY.identity] }]) {
    const story = elsewhere(storyIn.bank_confirmed());
    story.applied({ kind: 'held', code: 'other_gateway' }).surroundedBy({ gateway });
    expect(story.next()).toEqual({ kind: 'resume' });
    story.applied({ kind: 'resumed' });
    expect(story.codes).toEqual([]);
    expect(story.reports(VALIDATED).next()).toEqual({ kind: 'pay' });
  }
});

describe('a payout from before identities were kept', () => {
  const legacy = (isLegacy: boolean) =>
    tellStory({ gatewayIdentity: null }).surroundedBy({ gateway: { ...GATEWAY, isLegacy } });

  test('belongs to the legacy gateway, and is paid once a status reply has named its order', () => {
    const story = legacy(true).checked();
    story.reports({ ...VALIDATED, orderId: null });
    expect(story.payout.gateway.identity).toBeNull();
    expect(story.tryPay().kind).toBe('refused');
    story.reports(VALIDATED);
    expect(story.payout.gateway.identity).toBe(GATEWAY.identity);
    expect(story.next()).toEqual({ kind: 'pay' });
  });

  test('is held by any other gateway', () => {
    expect(legacy(false).next()).toEqual({ kind: 'hold', code: 'other_gateway' });
  });
});

test('what the gateway shows is kept as it was sent', () => {
  const story = storyIn.processing().reports({ ...PAYING, amount: '99.00', currency: 'USD' });
  expect(story.payout.gateway).toMatchObject({ amount: '99.00', currency: 'USD' });
  story.reports({ ...PAYING, amount: null, currency: null });
  expect(story.payout.gateway).toMatchObject({ amount: '99.00', currency: 'USD' });
});

describe('with a clock that is wrong', () => {
  const unsure = (story: Story): Story => story.surroundedBy({ isClockTrusted: false });

  test('no intent is committed; the payout is left to another replica', () => {
    expect(unsure(tellStory()).next()).toEqual({ kind: 'leave' });
    expect(unsure(tellStory()).tryCheck().kind).toBe('refused');
    const paid = unsure(storyIn.bank_confirmed());
    expect(paid.next()).toEqual({ kind: 'leave' });
    expect(paid.tryPay().kind).toBe('refused');
  });

  test('nothing expires, and what is found out counts', () => {
    const story = tellStory({ release: 'on_authorization' }).confirmed();
    unsure(story)
      .wait(10 ** 10)
      .applied({ kind: 'time_passed' });
    expect(story.status).toBe('bank_confirmed');
    expect(unsure(storyIn.processing()).reports(APPROVED).status).toBe('approved');
  });
});
