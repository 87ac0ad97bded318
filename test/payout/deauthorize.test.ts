/** An authorization that is taken back: nothing is paid on it, in whatever status it was. */

import { describe, expect, test } from 'vitest';
import {
  APPROVED,
  DAY_MS,
  EXPIRY_MS,
  HOUR_MS,
  QUIET_MS,
  type Story,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const deauthorized = { kind: 'deauthorized', by: 'Ada' } as const;
const onAuthorization = { release: 'on_authorization' } as const;

const assertWaiting = (story: Story): Story => {
  expect(story.payout.authorization).toMatchObject({ authorizedAt: null, withheld: true });
  expect(story.reports(VALIDATED).next()).toEqual({ kind: 'poll' });
  expect(story.tryPay().kind).toBe('refused');
  return story;
};

describe.each([
  ['an authorized payout', () => tellStory(onAuthorization).confirmed().authorizes()],
  ['an automatic payout', () => tellStory().confirmed()],
  ['an automatic payout that is being checked', () => storyIn.bank_confirming()],
  ['an automatic payout without a payout-check', () => storyIn.requested()],
])('%s', (_what, begin) => {
  const takenBack = () => {
    const story = begin().applied(deauthorized);
    return story.status === 'requested' ? story.confirmed() : story;
  };

  test('is not paid, and shows that it waits', () => {
    expect(assertWaiting(takenBack()).codes).toEqual(['authorization_withdrawn']);
  });

  test('is paid after a new authorization, on a reply that was requested after it', () => {
    const story = assertWaiting(takenBack()).authorizes();
    expect(story.codes).toEqual([]);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.reports(VALIDATED).next()).toEqual({ kind: 'pay' });
  });

  test('is not released by an A that the cashier sends or repeats', () => {
    const story = assertWaiting(takenBack().authorizes('cashier'));
    expect(story.codes).toEqual(['authorization_withdrawn']);
  });

  test('can be canceled, and is polled hourly until then', () => {
    const story = takenBack().saysOften(VALIDATED, 4, HOUR_MS);
    expect(story.dueInMs()).toBe(HOUR_MS);
    story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
    expect([story.status, story.codes]).toEqual(['canceled', []]);
  });

  test('taken back twice changes nothing more', () => {
    const story = takenBack();
    const { version } = story.payout;
    expect(story.applied(deauthorized).payout.version).toBe(version);
  });
});

test('a payout that was never authorized only notes it, and still waits for anyone', () => {
  const story = tellStory(onAuthorization).confirmed();
  const { version } = story.payout;
  expect(story.applied(deauthorized).payout).toMatchObject({ version, attention: [] });
  expect(story.authorizes('cashier').reports(VALIDATED).next()).toEqual({ kind: 'pay' });
});

test('taken back after the time to authorize, it has a day for a new authorization', () => {
  const story = tellStory(onAuthorization).confirmed().authorizes().wait(EXPIRY_MS);
  expect(story.applied(deauthorized).status).toBe('bank_confirmed');
  story.wait(DAY_MS / 2).applied({ kind: 'time_passed' });
  expect(story.status).toBe('bank_confirmed');
  story.wait(DAY_MS).applied({ kind: 'time_passed' });
  expect([story.status, story.letters]).toEqual(['expired', 'C']);
});

test('a payout of an older epoch waits for its new authorization all the same', () => {
  const history = { epoch: 2, startedAt: 0, isOpen: false, repliesFrom: 0 };
  const story = tellStory().confirmed().surroundedBy({ history });
  story
    .saysOften(VALIDATED, 4, QUIET_MS / 3)
    .authorizes()
    .applied(deauthorized);
  expect(assertWaiting(story).status).toBe('bank_confirmed');
});

test('where lost history may have paid, it is taken back and not confirmed', () => {
  const story = tellStory().confirmed();
  story.surroundedBy({
    history: { epoch: 2, startedAt: story.now, isOpen: false, repliesFrom: 0 },
  });
  expect(story.happen(deauthorized)).toMatchObject({ kind: 'refused', code: 'not_deauthorizable' });
  expect(story.payout.authorization.withheld).toBe(true);
  expect(story.happen(deauthorized).kind, 'a repeat is no more certain').toBe('refused');
});

describe('while paying it is refused', () => {
  const refusedIn = (story: Story): Story => {
    expect(story.happen(deauthorized)).toMatchObject({
      kind: 'refused',
      code: 'not_deauthorizable',
    });
    return story;
  };

  test('and no repeat of payout-pay leaves', () => {
    const story = refusedIn(storyIn.paying());
    story.saysOften(VALIDATED, 8, QUIET_MS);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  });

  test('and where payout-pay certainly did not leave, the payout waits for an authorization', () => {
    const story = tellStory(onAuthorization).confirmed().authorizes().reports(VALIDATED);
    const intentId = story.intendsPay();
    expect(refusedIn(story).payout.authorization.authorizedAt).not.toBeNull();
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
    expect([story.status, ...story.codes]).toEqual(['bank_confirmed', 'authorization_withdrawn']);
    assertWaiting(story);
    expect(story.authorizes().reports(VALIDATED).next()).toEqual({ kind: 'pay' });
  });

  test.each(['before', 'after'])('and a Y %s it is what the operator sees', (moment) => {
    const story = tellStory().confirmed();
    const intentId = story.intendsPay();
    if (moment === 'before') refusedIn(story.cashierReports('Y'));
    else refusedIn(story).cashierReports('Y');
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
    expect(story.codes).toEqual(['paid_elsewhere']);
    expect(story.reports(VALIDATED).tryPay().kind).toBe('refused');
  });

  test('and a payout that was also to be canceled is canceled', () => {
    const story = tellStory().confirmed();
    const intentId = story.intendsPay();
    refusedIn(story).happen({ kind: 'canceled', by: 'platform', source: 'api' });
    story.applied({ kind: 'pay_not_sent', intentId, cause: 'ECONNREFUSED' });
    expect([story.status, story.letters]).toEqual(['canceled', 'AC']);
  });

  test('and what was paid all the same is approved, without an item', () => {
    const story = refusedIn(storyIn.paying()).reports(APPROVED);
    expect([story.status, story.letters, story.codes]).toEqual(['approved', 'APY', []]);
  });
});

test.each(['processing', 'awaiting_receiver', 'approved', 'declined', 'canceled'] as const)(
  'in %s it is refused and keeps nothing',
  (status) => {
    const story = storyIn[status]();
    const { payout } = story;
    expect(story.happen(deauthorized)).toMatchObject({ code: 'not_deauthorizable' });
    expect(story.payout).toBe(payout);
  },
);
