/** What a lost history, a stop and a doubt must not add up to: an end that the money denies. */

import { describe, expect, test } from 'vitest';
import type { History } from '../../src/payout/model/decision.ts';
import {
  DAY_MS,
  EXPIRY_MS,
  HOUR_MS,
  PAYING,
  QUIET_MS,
  replyOf,
  SECOND_MS,
  START,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

/** A loss that was noticed just before the payout, which is a day old, is looked at again. */
const open: History = { epoch: 2, startedAt: START + DAY_MS, isOpen: true, repliesFrom: 0 };
const ended: History = { ...open, isOpen: false };
/** A loss from just before the payout was created anew. */
const openBefore: History = { ...open, startedAt: START };
const endedBefore: History = { ...openBefore, isOpen: false };
const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;
const reject = { kind: 'rejected', by: 'till' } as const;

describe('a restored payout that the gateway is paying', () => {
  test.each(['checking', 'bank_confirming', 'bank_confirmed'] as const)(
    'in %s: a wish to cancel it is not carried out',
    (status) => {
      const story = storyIn[status]().wait(DAY_MS).surroundedBy({ history: open });
      story.happen(cancel);
      story.reports(PAYING);
      expect([story.status, story.letters]).not.toContain('C');
    },
  );
  test('is not canceled by a cancel that comes later', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.reports(PAYING);
    story.happen(cancel);
    expect(story.letters).toBe('');
  });
  test('is not rejected', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.reports(PAYING);
    story.happen(reject);
    expect(story.letters).toBe('');
  });
  test('does not expire', () => {
    const story = storyIn.bank_confirmed({ release: 'on_authorization' });
    story.wait(EXPIRY_MS).surroundedBy({ history: open }).reports(PAYING);
    expect(story.letters).toBe('');
  });
  test('is not canceled while the receiver fills in a form', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.happen(cancel);
    story.reports({ stage: 'payout_processing', redirectTo: 'https://bank.example/form' });
    expect(story.letters).toBe('');
  });
  test('is not canceled on a reply without a stage', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.happen(cancel);
    story.reports({ stage: null });
    expect(story.letters).toBe('');
  });
  test('is not canceled on a status word that is unknown', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.happen(cancel);
    story.reports({ status: 'unknown', stage: null });
    expect(story.letters).toBe('');
  });
});

describe('a restored payout whose payout-pay is lost', () => {
  test('the gateway that does not know the result itself ends nothing', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.reports({ status: 'error', stage: null });
    expect(story.letters).toBe('');
  });
  test('the decline of one route is no end', () => {
    const story = storyIn.bank_confirmed().wait(DAY_MS).surroundedBy({ history: open });
    story.reports({ status: 'declined', stage: 'payout_processing' });
    expect(story.letters).toBe('');
  });
});

describe('a payout-pay whose intent was lost seconds ago', () => {
  test('may still arrive: no C on the first reply of the new epoch', () => {
    const story = storyIn.bank_confirmed().surroundedBy({ history: open });
    story.happen(cancel);
    story.reports(VALIDATED);
    expect(story.letters).toBe('');
  });
  test('may still arrive: nothing is paid next to it within its total timeout', () => {
    const story = storyIn.bank_confirmed().surroundedBy({ history: open });
    story.reports(VALIDATED).surroundedBy({ history: ended }).authorizes().reports(VALIDATED);
    expect(story.tryPay().kind).toBe('refused');
  });
});

describe('a payout created anew after a restore, whose first life was paid', () => {
  test('is not canceled before the gateway was polled once', () => {
    const story = tellStory({ epoch: 2 }).surroundedBy({ history: openBefore });
    story.happen(cancel);
    expect(story.letters).toBe('');
  });
  test('is not rejected before the gateway was polled once', () => {
    const story = tellStory({ epoch: 2 }).surroundedBy({ history: endedBefore });
    story.happen(reject);
    expect(story.letters).toBe('');
  });
  test('one refused lookup lets no payout-check go', () => {
    const story = tellStory({ epoch: 2 })
      .surroundedBy({ history: endedBefore })
      .refusesLookup(null, 0, null);
    expect(story.tryCheck().kind).toBe('refused');
  });
  test('does not end by a result that the gateway does not know, though it names no order', () => {
    const story = tellStory({ epoch: 2 }).surroundedBy({ history: endedBefore }).wait(HOUR_MS);
    story.reports({ status: 'error', stage: null, orderId: null });
    expect([story.status, story.letters, story.codes]).toEqual([
      'processing',
      '',
      ['order_adopted', 'gateway_error'],
    ]);
  });
  test('a refused payout-check is looked up before it is declined', () => {
    const story = tellStory({ epoch: 2 }).surroundedBy({ history: endedBefore });
    for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
    const intentId = story.intendsCheck();
    story.applied({ kind: 'check_refused', intentId, code: '7', message: 'duplicate' });
    expect([story.status, story.letters]).toEqual(['checking', '']);
  });
});

describe('an answer to a lost payout-pay whose outcome is unknown', () => {
  test('no operator finds not_paid before it can no longer arrive', () => {
    const story = storyIn.bank_confirmed();
    story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'reset' });
    story.reports(VALIDATED);
    expect(story.resolves('not_paid').kind).toBe('refused');
    expect(story.letters).toBe('');
  });
  test('nor of a payout that has ended', () => {
    const story = storyIn.canceled().reports(VALIDATED);
    story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'http_403' });
    expect(story.resolves('not_paid', 20).kind, 'on the reply from before').toBe('refused');
    expect(story.reports(VALIDATED).resolves('not_paid').kind).toBe('refused');
    expect(
      story
        .wait(36 * SECOND_MS)
        .reports(VALIDATED)
        .resolves('not_paid').kind,
    ).toBe('applied');
  });
  test('a reply requested before it decides nothing after it', () => {
    const story = storyIn.bank_confirmed();
    const { sequence } = story.payout.tracking;
    const requestedAt = story.now;
    story.wait(SECOND_MS);
    story.applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'reset' });
    const before = story.payout.tracking.sequence.reply;
    story.applied({
      kind: 'status_reported',
      requestedAt,
      asOf: sequence,
      reply: replyOf(VALIDATED),
    });
    expect(story.payout.tracking.sequence.reply).toBe(before);
  });
});

describe('a wrong clock of the database', () => {
  test('ends nothing: the decline of one route is not believed for a step of the clock', () => {
    const story = storyIn.processing();
    story.reports({ status: 'declined', stage: 'payout_chain_declined' });
    story.wait(QUIET_MS).surroundedBy({ isClockTrusted: false });
    story.reports({ status: 'declined', stage: 'payout_chain_declined' });
    expect(story.letters).toBe('AP');
  });
  test('says nothing of lookups that came within seconds', () => {
    const story = storyIn.requested().wait(HOUR_MS).surroundedBy({ history: open });
    story.happen(cancel);
    for (let said = 0; said < 4; said += 1) story.wait(SECOND_MS).refusesLookup();
    story.wait(QUIET_MS).surroundedBy({ isClockTrusted: false }).refusesLookup();
    expect(story.letters).toBe('');
  });
});

describe('stale reply of a lost history', () => {
  test('is not taken for one of the new epoch, though its numbers are the same', () => {
    // Asked by another replica before the failover; the restored row comes to the same numbers.
    const story = storyIn.bank_confirmed();
    const asOf = { reply: 2, attempt: 0, authorization: 0 };
    const requestedAt = story.now;
    story.wait(SECOND_MS).surroundedBy({ history: { ...open, startedAt: story.now } });
    story.reports(VALIDATED);
    expect(story.payout.tracking.sequence).toEqual(asOf);
    story.applied({ kind: 'status_reported', requestedAt, asOf, reply: replyOf(VALIDATED) });
    expect(story.payout.tracking.sequence).toEqual(asOf);
  });
});
