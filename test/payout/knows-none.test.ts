/** Rule 4 and "knows none": when payout-check may leave a second time. */

import { expect, test } from 'vitest';
import {
  HOUR_MS,
  MINUTE_MS,
  QUIET_MS,
  SECOND_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

/** A payout-check whose outcome is unknown, at the moment from which lookups count. */
function lookedUp(options: Parameters<typeof tellStory>[0] = {}): Story {
  const story = tellStory(options);
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_unknown', intentId, cause: 'timeout' });
  return story.wait(36 * SECOND_MS);
}

function refusesOften(story: Story, times: number, everyMs: number, code: string | null = null) {
  for (let said = 0; said < times; said += 1) story.wait(everyMs).refusesLookup(code);
  return story;
}

test('five refused lookups over the quiet period let payout-check go once more', () => {
  const story = refusesOften(lookedUp(), 4, QUIET_MS / 4);
  expect(story.tryCheck().kind).toBe('refused');
  story.wait(QUIET_MS / 4).refusesLookup();
  expect(story.due()).toEqual({ at: story.now, class: 2 });
  expect(story.next()).toEqual({ kind: 'check' });
  story.intendsCheck();
  expect(story.status).toBe('checking');
  expect(story.payout.tracking.check.made).toBe(2);
});

test('refused lookups within less than the quiet period are too few, however many', () => {
  const story = refusesOften(lookedUp(), 50, 10 * SECOND_MS);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryCheck().kind).toBe('refused');
});

test('lookups asked before the attempt could no longer act do not count', () => {
  const story = tellStory();
  story.intendsCheck();
  refusesOften(story, 7, 4 * SECOND_MS);
  expect(story.payout.tracking.check.refusedLookups).toBeNull();
  expect(refusesOften(story.wait(MINUTE_MS), 5, QUIET_MS).next()).toEqual({ kind: 'check' });
});

test('lookups asked before a late end of the attempt count no more', () => {
  const story = tellStory();
  const intentId = story.intendsCheck();
  refusesOften(story.wait(MINUTE_MS), 5, QUIET_MS);
  expect(story.next()).toEqual({ kind: 'check' });
  story.applied({ kind: 'check_unknown', intentId, cause: 'woken up late' });
  expect(story.tryCheck().kind).toBe('refused');
  expect(refusesOften(story.wait(SECOND_MS), 5, QUIET_MS).next()).toEqual({ kind: 'check' });
});

test('failed lookups do not count, and do not start the count anew', () => {
  const story = refusesOften(lookedUp(), 4, QUIET_MS / 4)
    .failsToSay(503)
    .failsToSay(404);
  expect(story.next()).toEqual({ kind: 'poll' });
  story.wait(QUIET_MS / 4).refusesLookup();
  expect(story.next()).toEqual({ kind: 'check' });
});

test('a status reply between them starts the count anew, whatever it says', () => {
  const story = refusesOften(lookedUp(), 4, QUIET_MS / 4).reports({ orderId: null });
  expect(story.status).toBe('checking');
  story.wait(QUIET_MS).refusesLookup();
  expect(story.next()).toEqual({ kind: 'poll' });
});

test('a lookup that is reported twice counts once', () => {
  const story = refusesOften(lookedUp(), 3, QUIET_MS);
  const event = {
    kind: 'status_refused',
    requestedAt: story.now,
    asOf: story.payout.tracking.sequence,
    byClientOrderId: true,
    code: null,
    message: null,
  } as const;
  story.applied(event).applied(event).applied(event);
  expect(story.payout.tracking.check.refusedLookups?.count).toBe(4);
});

test('one mapped code is enough after the quiet period, and not before', () => {
  const policy = { orderNotFoundCodes: ['404'] };
  const story = lookedUp({ policy }).refusesLookup('404');
  expect(story.tryCheck().kind).toBe('refused');
  story.wait(QUIET_MS).refusesLookup('404');
  expect(story.next()).toEqual({ kind: 'check' });
});

test('a crashed attempt has its own quiet period after one that never left', () => {
  const story = tellStory({ policy: { orderNotFoundCodes: ['404'] } });
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_not_sent', intentId, cause: 'ECONNREFUSED' }).wait(HOUR_MS);
  story.refusesLookup('404');
  story.intendsCheck();
  story.wait(36 * SECOND_MS).refusesLookup('404');
  expect(story.next(), 'an hour after the first').toEqual({ kind: 'poll' });
  story.wait(QUIET_MS).refusesLookup('404');
  expect(story.next()).toEqual({ kind: 'check' });
});

test('codes that are not mapped are opaque: different ones form one run', () => {
  const story = lookedUp({ policy: { orderNotFoundCodes: ['404'] } });
  for (const code of ['1', '2', '3', null, '5']) story.wait(QUIET_MS / 4).refusesLookup(code);
  expect(story.next()).toEqual({ kind: 'check' });
});

test('an order that a lookup finds is gone on with', () => {
  const story = refusesOften(lookedUp(), 5, QUIET_MS).reports(VALIDATED);
  expect(story.status).toBe('bank_confirmed');
  expect(story.tryCheck().kind).toBe('refused');
});

test('an order that is found in an odd status is no longer looked for', () => {
  const story = lookedUp().reports({ status: 'unknown', stage: null });
  expect(story.status).toBe('bank_confirming');
  expect(refusesOften(story, 6, QUIET_MS).next()).toEqual({ kind: 'poll' });
});

test('after the second attempt an item is raised instead', () => {
  const story = refusesOften(lookedUp(), 5, QUIET_MS);
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_unknown', intentId, cause: 'timeout' }).wait(MINUTE_MS);
  refusesOften(story, 5, QUIET_MS);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.codes).toContain('check_outcome_unknown');
  expect(story.tryCheck().kind).toBe('refused');
  story.reports(VALIDATED);
  expect(story.codes).toEqual([]);
});

test('a second attempt that never left does not count', () => {
  const story = refusesOften(lookedUp(), 5, QUIET_MS);
  const intentId = story.intendsCheck();
  story.applied({ kind: 'check_not_sent', intentId, cause: 'too_late' });
  expect(story.status).toBe('checking');
  expect(refusesOften(story, 5, QUIET_MS).next()).toEqual({ kind: 'check' });
});

/** The same where no known order shows that lookups work: a person may release the second one. */
function shownAsUnproven(): { story: Story; intentId: string } {
  const story = tellStory();
  const intentId = story.intendsCheck();
  story.wait(MINUTE_MS);
  for (let said = 0; said < 5; said += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  return { story, intentId };
}

const release = { kind: 'check_released', by: 'Ann' } as const;

test('nor does a release that stood on them', () => {
  const { story, intentId } = shownAsUnproven();
  story.applied(release).applied({ kind: 'check_unknown', intentId, cause: 'woken up late' });
  story.wait(MINUTE_MS).refusesLookup(null, 0, null);
  expect(story.tryCheck().kind, 'one lookup').toBe('refused');
});

test('the operator releases it on the lookups of this history, not on the item of a lost one', () => {
  const { story } = shownAsUnproven();
  const history = { epoch: 2, startedAt: story.now, isOpen: false, repliesFrom: 0 };
  story.surroundedBy({ history });
  expect(story.happen(release)).toMatchObject({ kind: 'refused', code: 'check_not_releasable' });
  story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  expect(story.happen(release).kind, 'one lookup').toBe('refused');
  for (let said = 0; said < 4; said += 1) story.wait(QUIET_MS / 4).refusesLookup(null, 0, null);
  expect(story.happen(release).kind).toBe('applied');
  expect(story.next()).toEqual({ kind: 'check' });
});

test.each([401, 403])(
  'HTTP %d to payout-check decides nothing and shows refused access',
  (http) => {
    const story = tellStory();
    const intentId = story.intendsCheck();
    const rejection = { cause: `http_${http}`, httpStatus: http, accessRefused: true } as const;
    story.applied({ kind: 'check_unknown', intentId, ...rejection });
    expect(story.status).toBe('checking');
    expect(story.codes).toEqual(['access_refused']);
    expect(story.tryCheck().kind).toBe('refused');
  },
);

test('nothing is looked up or repeated once the order is known', () => {
  expect(storyIn.bank_confirming().tryCheck().kind).toBe('refused');
});

test('a callback that names an order makes the refused lookups count anew', () => {
  const story = refusesOften(lookedUp(), 5, QUIET_MS);
  expect(story.next()).toEqual({ kind: 'check' });
  const hint = { status: 'processing', type: 'payout', later: false, orderId: '7001' };
  story.applied({ kind: 'callback_received', ...hint });
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryCheck().kind).toBe('refused');
  expect(refusesOften(story, 5, QUIET_MS).next()).toEqual({ kind: 'check' });
});
