/** Section "schedule": when a payout is due, and what for. */

import { describe, expect, test } from 'vitest';
import { schedule } from '../../src/payout/policy/schedule.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  PAYING,
  SECOND_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

/** The shortest and the longest wait that chance may draw. */
const range = ({ payout, context, now }: Story): number[] =>
  [0, 0.999999].map((random) => (schedule(payout, { ...context, random })?.at ?? 0) - now);

test('a new payout is due immediately, for payout-check', () => {
  const story = tellStory();
  expect(story.due()).toEqual({ at: story.now, class: 2 });
  expect(story.next()).toEqual({ kind: 'check' });
});

test('after a command it is polled at 0.25 s, 1 s and 2 s, then every 3 to 5 s', () => {
  const story = storyIn.bank_confirming();
  const taken = story.payout.tracking.touchedAt;
  const asked: number[] = [];
  for (let polls = 0; polls < 3; polls += 1) {
    story.wait(story.dueInMs());
    asked.push(story.now - taken);
    story.reports({});
  }
  expect(asked).toEqual([250, 1000, 2000]);
  expect(range(story)).toEqual([3000, 5000]);
});

test('a callback that overtakes the answer to a command is polled immediately after it', () => {
  const callback = { kind: 'callback_received', type: null, later: false } as const;
  const checking = storyIn.checking();
  checking.applied({ ...callback, status: 'declined' });
  checking.checkAccepted('i-1');
  expect(checking.status).toBe('bank_confirming');
  expect(checking.due()).toEqual({ at: checking.now, class: 1 });

  const paying = storyIn.bank_confirmed();
  const intentId = paying.intendsPay();
  paying.applied({ ...callback, status: 'approved' });
  paying.applied({ kind: 'pay_accepted', intentId, orderId: null, serialNumber: null });
  expect(paying.status).toBe('processing');
  expect(paying.due()).toEqual({ at: paying.now, class: 1 });
});

test('a callback from before a command brings no poll after it', () => {
  const story = storyIn.bank_confirmed();
  story.applied({ kind: 'receiver_returned' });
  const intentId = story.intendsPay();
  story.applied({ kind: 'pay_accepted', intentId, orderId: null, serialNumber: null });
  expect(story.dueInMs()).toBe(250);
});

test('an early request that a slow one has overtaken is left out', () => {
  const story = storyIn.bank_confirming().wait(1500).failsToSay();
  const sinceTaken = story.now - story.payout.tracking.touchedAt;
  expect(story.dueInMs()).toBe(2000 - sinceTaken);
});

test.each([
  ['up to five minutes', 4 * MINUTE_MS, [3 * SECOND_MS, 5 * SECOND_MS]],
  ['up to an hour', 30 * MINUTE_MS, [5 * MINUTE_MS, 10 * MINUTE_MS]],
  ['after that', 2 * HOUR_MS, [HOUR_MS, HOUR_MS]],
  ['for 14 days', 14 * DAY_MS - HOUR_MS, [HOUR_MS, HOUR_MS]],
  ['then indefinitely', 15 * DAY_MS, [DAY_MS, DAY_MS]],
  ['really', 400 * DAY_MS, [DAY_MS, DAY_MS]],
])('%s it is polled in its own pace', (_when, elapsedMs, expected) => {
  const story = storyIn.processing().wait(elapsedMs).reports(PAYING);
  expect(range(story)).toEqual(expected);
});

test('the pace of the first five minutes is what the installation says', () => {
  const story = storyIn.processing({ policy: { pollMinMs: 100, pollMaxMs: 200 } }).wait(MINUTE_MS);
  expect(range(story)).toEqual([100, 200]);
});

describe.each([
  ['a callback', { kind: 'callback_received', status: 'approved', type: null, later: false }],
  ["the receiver's return", { kind: 'receiver_returned' }],
] as const)('after %s', (_what, event) => {
  test('it is polled immediately, and then frequently again', () => {
    const story = storyIn
      .awaiting_receiver()
      .wait(10 * HOUR_MS)
      .reports(PAYING)
      .applied(event);
    expect(story.due()).toEqual({ at: story.now, class: 1 });
    expect(range(story.reports(PAYING))).toEqual([3000, 5000]);
  });

  test('a request that fails does not make the next one due immediately', () => {
    const story = storyIn.processing().applied(event).failsToSay();
    expect(range(story)).toEqual([3000, 5000]);
  });
});

test('a payout that waits for its authorization is polled hourly, and immediately when it comes', () => {
  const story = storyIn.bank_confirmed({ release: 'on_authorization' });
  expect(range(story)).toEqual([HOUR_MS, HOUR_MS]);
  story.wait(HOUR_MS).reports(VALIDATED);
  expect(range(story)).toEqual([HOUR_MS, HOUR_MS]);
  expect(story.authorizes().due()).toEqual({ at: story.now, class: 1 });
});

test('budgets are served in the order pay, hint, check, poll, watch', () => {
  const hinted = storyIn.processing().applied({ kind: 'receiver_returned' });
  const classes = [
    storyIn.bank_confirmed().due()?.class,
    hinted.due()?.class,
    tellStory().due()?.class,
    storyIn.processing().due()?.class,
    storyIn.bank_confirming().due()?.class,
  ];
  expect(classes).toEqual([0, 1, 2, 3, 4]);
});

test('a payout with an open intent is due as well, should its worker have died', () => {
  const story = storyIn.bank_confirmed();
  story.intendsPay();
  expect(story.dueInMs()).toBe(250);
  const checking = storyIn.checking();
  expect(checking.dueInMs()).toBe(250);
  expect(checking.next()).toEqual({ kind: 'poll' });
});

test('a payout of which the endpoint refuses many waits longer the longer it has waited', () => {
  const story = tellStory().applied({ kind: 'held', code: 'checks_paused' });
  expect(range(story)).toEqual([30 * SECOND_MS, 45 * SECOND_MS]);
  const lookedUp = (ms: number) => story.wait(ms - 10).refusesLookup();
  expect(range(lookedUp(2 * MINUTE_MS))).toEqual([2 * MINUTE_MS, 3 * MINUTE_MS]);
  expect(range(lookedUp(DAY_MS))).toEqual([10 * MINUTE_MS, 15 * MINUTE_MS]);
  story.intendsCheck();
  expect(story.codes).toEqual([]);
});
