/**
 * Rules 4 and 17: within ten seconds of a lost connection another replica may find that commits are
 * missing, the payout-check of a payout and its payment among them.
 */

import { expect, test } from 'vitest';
import { wholeHistory } from '../../src/payout/policy/epoch.ts';
import {
  EXPIRY_MS,
  HOUR_MS,
  policy,
  QUIET_MS,
  SECOND_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const WINDOW_MS = 10 * SECOND_MS;

const afterLostConnection = (story: Story): Story =>
  story.surroundedBy({ history: { ...wholeHistory, repliesFrom: story.now + WINDOW_MS } });

test('a new payout is looked up, and its payout-check leaves after that time', () => {
  const story = afterLostConnection(tellStory());
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryCheck().kind).toBe('refused');
  story.refusesLookup();
  expect(story.tryCheck().kind, 'that order may be of a payout-check that was lost').toBe(
    'refused',
  );
  story.wait(WINDOW_MS);
  expect(story.next()).toEqual({ kind: 'check' });
});

test('nor does a second one leave on lookups from before', () => {
  const story = storyIn.checking().wait(QUIET_MS);
  for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup();
  expect(story.next()).toEqual({ kind: 'check' });
  expect(afterLostConnection(story).tryCheck().kind).toBe('refused');
  expect(story.wait(WINDOW_MS).next()).toEqual({ kind: 'check' });
});

const stops = {
  cancel: { kind: 'canceled', by: 'platform', source: 'api' },
  'the cashier says J': { kind: 'rejected', by: 'till' },
} as const;

test.each(Object.keys(stops) as (keyof typeof stops)[])(
  '%s is a wish, carried out by whatever is heard after that time',
  (name) => {
    const waits = { release: 'on_authorization' } as const;
    const story = afterLostConnection(storyIn.bank_confirmed(waits));
    expect(story.happen(stops[name])).toMatchObject({ kind: 'refused', code: 'not_cancelable' });
    story.reports(VALIDATED);
    expect([story.status, story.letters]).toEqual(['bank_confirmed', '']);
    expect(story.dueInMs(), 'though it waits for a person').toBeLessThanOrEqual(policy.pollMaxMs);
    story.wait(WINDOW_MS).failsToSay();
    expect(story.letters).toBe(name === 'cancel' ? 'C' : 'J');
  },
);

test('nor does a payout expire', () => {
  const story = storyIn.bank_confirmed({ release: 'on_authorization' }).wait(EXPIRY_MS);
  afterLostConnection(story).reports(VALIDATED);
  expect([story.status, story.dueInMs() > 0]).toEqual(['bank_confirmed', true]);
  expect(story.wait(WINDOW_MS).next()).toEqual({ kind: 'expire' });
});

test('nor does an operator find that nothing was paid, since a repeat may be lost', () => {
  const story = storyIn.paying().wait(HOUR_MS);
  afterLostConnection(story).reports(VALIDATED);
  expect(story.resolves('not_paid')).toMatchObject({ code: 'not_resolvable' });
  expect(story.letters).toBe('A');
  story.wait(WINDOW_MS).reports(VALIDATED);
  expect(story.resolves('not_paid').kind).toBe('applied');
});

test('nor that there is no order', () => {
  const story = storyIn.checking().wait(HOUR_MS);
  afterLostConnection(story).refusesLookup();
  expect(story.resolves('no_order')).toMatchObject({ code: 'not_resolvable' });
  story.wait(WINDOW_MS).refusesLookup();
  expect(story.resolves('no_order').kind).toBe('applied');
});
