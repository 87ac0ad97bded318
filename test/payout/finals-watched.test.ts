/** Rule 6, "watched after the end" and later events: what may still happen to a final payout. */

import { describe, expect, test } from 'vitest';
import { isFinal, statuses } from '../../src/payout/model/status.ts';
import {
  APPROVED,
  DAY_MS,
  DECLINED,
  HOUR_MS,
  MINUTE_MS,
  PAYING,
  storyIn,
  tellStory,
} from '../support/payouts.ts';

const finals = statuses.filter(isFinal);
const callback = {
  kind: 'callback_received',
  status: 'approved',
  type: null,
  later: false,
} as const;

describe('a payout that was stopped before its payout-check', () => {
  const stopped = () => tellStory().applied({ kind: 'canceled', by: 'platform', source: 'api' });

  test('has no order that could be watched', () => {
    expect(stopped().due()).toBeNull();
  });

  test('is polled immediately, and watched, after a callback that names its order', () => {
    const story = stopped()
      .wait(DAY_MS)
      .applied({ ...callback, orderId: '7001' });
    expect([story.next(), story.dueInMs()]).toEqual([{ kind: 'poll' }, 0]);
    story.reports(APPROVED);
    expect([story.codes, story.payout.moneyMoved]).toEqual([['final_contradicted'], 'unknown']);
  });

  test('is watched after an answer to an unknown payout-pay, and resolved on a reply', () => {
    const story = stopped().applied({ kind: 'pay_unknown', intentId: 'lost', cause: 'timeout' });
    expect(story.due()).not.toBeNull();
    expect(story.wait(MINUTE_MS).resolves('not_paid').kind, 'no poll was made').toBe('refused');
    expect(story.reports(APPROVED).resolves('not_paid').kind, 'against the reply').toBe('refused');
  });
});

describe.each(finals)('%s', (status) => {
  test('is read hourly for 24 hours, then daily to day 15, and then no more', () => {
    const story = storyIn[status]();
    const waits: number[] = [];
    for (let reads = 0; reads < 60 && story.due() !== null; reads += 1) {
      waits.push(Math.round(story.dueInMs() / HOUR_MS));
      story
        .wait(story.dueInMs())
        .reports({ status: status === 'approved' ? 'approved' : 'declined' });
    }
    expect(waits.filter((hours) => hours === 1).length).toBe(24);
    expect(waits.filter((hours) => hours === 24).length).toBe(14);
    expect(story.due()).toBeNull();
    const watched = story.now - (story.payout.finalizedAt ?? 0);
    expect(Math.round(watched / DAY_MS)).toBe(15);
    expect(story.status).toBe(status);
  });

  test('is polled immediately after a verified callback, however late, and again if that fails', () => {
    const story = storyIn[status]()
      .wait(100 * DAY_MS)
      .applied(callback);
    expect(story.due()).toEqual({ at: story.now, class: 1 });
    expect(story.next()).toEqual({ kind: 'poll' });
    story.failsToSay();
    expect(story.dueInMs()).toBeLessThanOrEqual(5000);
    expect(story.dueInMs()).toBeGreaterThan(0);
    story.reports(PAYING);
    expect(story.due()).toBeNull();
  });

  test('a later event is shown and moves no money state', () => {
    const before = storyIn[status]();
    const byCallback = storyIn[status]().applied({ ...callback, type: 'chargeback', later: true });
    const byReply = storyIn[status]().reports({ ...DECLINED, transactionType: 'reversal' });
    // The type of a callback is not signed: only a status reply makes it urgent.
    expect(byCallback.codes).toContain('later_event_reported');
    expect(byReply.codes).toContain('later_event');
    for (const story of [byCallback, byReply]) {
      expect(story.status).toBe(status);
      expect(story.payout.moneyMoved).toBe(before.payout.moneyMoved);
      expect(story.letters).toBe(before.letters);
    }
  });

  test('statuses and commands find it ended, and nothing is notified again', () => {
    const story = storyIn[status]();
    const letters = story.letters;
    for (const code of ['paused', 'check_too_old'] as const) story.applied({ kind: 'held', code });
    story.applied({ kind: 'resumed' }).applied({ kind: 'receiver_returned' });
    expect(story.tryCheck().kind).toBe('refused');
    expect(story.letters).toBe(letters);
    expect(story.codes).toEqual([]);
  });
});

test('an approved payout that turns negative is journaled, in doubt and urgent, and stays', () => {
  const story = storyIn.approved().wait(DAY_MS).reports(DECLINED);
  expect(story.status).toBe('approved');
  expect(story.payout.moneyMoved).toBe('unknown');
  expect(story.payout.attention).toMatchObject([
    { code: 'final_contradicted', detail: 'ended approved, then declined' },
  ]);
  expect(story.letters).toBe('APY');
});

test.each(finals.filter((status) => status !== 'approved'))(
  'a %s payout that turns approved is in doubt and stays',
  (status) => {
    const story = storyIn[status]().wait(HOUR_MS).reports(APPROVED);
    expect(story.status).toBe(status);
    expect(story.payout.moneyMoved).toBe('unknown');
    expect(story.codes).toEqual(['final_contradicted']);
  },
);

test('another negative word is no contradiction', () => {
  const story = storyIn.declined().reports({ status: 'filtered', stage: null }).reports(PAYING);
  expect(story.codes).toEqual([]);
  expect(story.payout.moneyMoved).toBe('no');
});

test('a payout that never had an order is not watched', () => {
  const story = tellStory().applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.due()).toBeNull();
});

test('a canceled payout whose payout-check may have arrived is watched by our id', () => {
  const story = storyIn.checking().applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.dueInMs()).toBe(HOUR_MS);
  story.wait(HOUR_MS).refusesLookup();
  expect(story.codes).toEqual([]);
  story.wait(HOUR_MS).reports(APPROVED);
  expect(story.codes).toEqual(['final_contradicted']);
});

test('refused access while watching raises nothing, since open payouts show it', () => {
  expect(storyIn.approved().failsToSay(403).codes).toEqual([]);
});

test('a late answer to a command does not lose a callback of a final payout', () => {
  const story = storyIn.checking();
  const intentId = story.payout.tracking.check.open?.id ?? '';
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' }).applied(callback);
  story.applied({ kind: 'check_unknown', intentId, cause: 'timeout' });
  expect(story.dueInMs()).toBe(0);
});

test('a second later event is shown anew although the first was acknowledged', () => {
  const story = storyIn.approved().applied({ ...callback, type: 'reversal', later: true });
  story.applied({ kind: 'acknowledged', code: 'later_event_reported', by: 'Ann' }).wait(MINUTE_MS);
  story.applied({ ...callback, type: 'reversal', later: true });
  expect(story.payout.attention[0]?.acknowledgedBy).toBe('Ann');
  story.applied({ ...callback, type: 'chargeback', later: true });
  expect(story.payout.attention).toMatchObject([{ detail: 'chargeback', acknowledgedBy: null }]);
});

test('a later event of an open payout neither ends it nor lets it be paid', () => {
  const story = storyIn.processing().reports({ ...APPROVED, transactionType: 'refund' });
  expect(story.status).toBe('processing');
  expect(story.codes).toEqual(['later_event']);
});
