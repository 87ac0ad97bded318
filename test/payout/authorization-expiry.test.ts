/** Rule 7: authorizations, their expiry, and the cashier's words before payout-pay. */

import { describe, expect, test } from 'vitest';
import {
  EXPIRY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  START,
  storyIn,
  tellStory,
  VALIDATED,
} from '../support/payouts.ts';

const waiting = () => tellStory({ release: 'on_authorization' }).confirmed();
/** The moment of expiry itself: the story's events come 10 ms apart. */
const justExpired = () => {
  const story = waiting();
  return story.wait(START + EXPIRY_MS - story.now - 10);
};

test('a payout is due at its expiry and ends there, with C', () => {
  const story = waiting()
    .wait(EXPIRY_MS - HOUR_MS / 2)
    .reports(VALIDATED);
  expect(story.due()?.at).toBe(START + EXPIRY_MS);
  story.wait(story.dueInMs());
  expect(story.next()).toEqual({ kind: 'expire' });
  story.applied({ kind: 'time_passed' });
  expect(story.status).toBe('expired');
  expect(story.letters).toBe('C');
  expect(story.payout.reason?.source).toBe('expiry');
});

test('an expired payout is left to a replica whose clock is right', () => {
  const story = justExpired().wait(SECOND_MS);
  expect(story.surroundedBy({ isClockTrusted: false }).next()).toEqual({ kind: 'leave' });
  expect(story.surroundedBy({ isClockTrusted: true }).next()).toEqual({ kind: 'expire' });
});

test('a late authorization, cancel or payment finds it expired, whether or not a runner came by', () => {
  const by = 'platform';
  expect(justExpired().happen({ kind: 'authorized', by, source: 'api' }).kind).toBe('refused');
  expect(justExpired().happen({ kind: 'authorized', by, source: 'cashier' }).kind).toBe('refused');
  expect(justExpired().happen({ kind: 'canceled', by, source: 'api' }).kind).toBe('refused');
  expect(justExpired().tryPay().kind).toBe('refused');
});

test.each(['pay_accepted', 'pay_unknown'] as const)(
  '%s of a payout-pay that is not on record finds it not expired',
  (kind) => {
    const answer = { intentId: 'lost', orderId: null, serialNumber: null, cause: 'timeout' };
    const story = justExpired().applied({ ...answer, kind });
    expect([story.status, story.letters, story.codes]).toEqual(['processing', '', ['lost_intent']]);
  },
);

test('a millisecond before, an authorization is in time', () => {
  const story = waiting();
  story.wait(START + EXPIRY_MS - 1 - story.now - 10).authorizes();
  expect(story.payout.authorization.authorizedAt).toBe(START + EXPIRY_MS - 1);
  story.wait(SECOND_MS).reports(VALIDATED);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test.each([
  { kind: 'receiver_returned' },
  { kind: 'resumed' },
  { kind: 'cashier_reported', letter: 'Y', by: 'till', isAuthenticated: true },
  { kind: 'callback_received', status: 'declined', type: null, later: false },
] as const)('any event writes the expiry down: $kind', (event) => {
  const story = justExpired().applied(event);
  expect(story.status).toBe('expired');
  expect(story.letters).toBe('C');
});

test('a reply is read first: a negative end is J, anything else leaves the expiry to come', () => {
  const declined = justExpired().reports({ status: 'declined', stage: null });
  expect([declined.status, declined.letters]).toEqual(['declined', 'J']);
  const expired = justExpired().reports(VALIDATED);
  expect([expired.status, expired.letters]).toEqual(['expired', 'C']);
});

test('neither automatic nor authorized payouts expire', () => {
  const automatic = tellStory()
    .confirmed()
    .wait(2 * EXPIRY_MS)
    .applied({ kind: 'time_passed' });
  expect(automatic.status).toBe('bank_confirmed');
  const authorized = waiting()
    .authorizes()
    .wait(2 * EXPIRY_MS)
    .applied({ kind: 'time_passed' });
  expect(authorized.status).toBe('bank_confirmed');
});

test.each(['requested', 'checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'an unauthorized payout expires in %s too',
  (status) => {
    const story = storyIn[status]({ release: 'on_authorization' });
    story.wait(EXPIRY_MS).applied({ kind: 'time_passed' });
    expect(story.status).toBe('expired');
  },
);

test('an authorization that is not needed changes nothing', () => {
  const automatic = tellStory().confirmed().authorizes();
  expect(automatic.payout.authorization.authorizedAt).toBeNull();
  expect(automatic.payout.version).toBe(tellStory().confirmed().payout.version);
  const again = waiting().authorizes();
  const { authorizedAt } = again.payout.authorization;
  expect(again.authorizes().payout.authorization.authorizedAt).toBe(authorizedAt);
});

describe.each(['paying', 'processing', 'awaiting_receiver', 'approved'] as const)(
  '%s',
  (status) => {
    test('takes a repeated authorization, and no cancel', () => {
      const story = storyIn[status]().authorizes();
      expect(story.status).toBe(status);
      expect(story.happen({ kind: 'canceled', by: 'a', source: 'api' }).kind).toBe('refused');
      expect(story.happen({ kind: 'rejected', by: 'a' }).kind).toBe('refused');
    });
  },
);

test.each(['requested', 'checking', 'bank_confirming', 'bank_confirmed'] as const)(
  'a payout is canceled with C or rejected with J in %s, once',
  (status) => {
    const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;
    const canceled = storyIn[status]().applied(cancel).applied(cancel);
    expect([canceled.status, canceled.letters]).toEqual(['canceled', 'C']);
    expect(canceled.payout.reason?.source).toBe('platform');
    const rejected = storyIn[status]().applied({ kind: 'rejected', by: 'till' });
    expect([rejected.status, rejected.letters]).toEqual(['rejected', 'J']);
    expect(rejected.payout.reason?.source).toBe('cashier');
    expect(rejected.happen(cancel).kind).toBe('refused');
  },
);

test('an authorization that changes nothing is summarized as what it was', () => {
  const says = (story: ReturnType<typeof tellStory>): string =>
    story.happen({ kind: 'authorized', by: 'desk', source: 'api' }).summary;
  const automatic = storyIn.bank_confirming();
  expect(says(automatic)).toBe('Authorized by desk; it needed no authorization.');
  expect(says(automatic)).toBe('Authorized by desk; it needed no authorization.');
  const held = waiting();
  expect(says(held)).toBe('Authorized by desk.');
  expect(says(held)).toBe('Authorized again by desk; it was authorized before.');
  expect(says(storyIn.processing())).toBe('Authorized by desk; no longer needed.');
});

test('cancel and payout-pay never both win', () => {
  const canceled = storyIn.bank_confirmed();
  canceled.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(canceled.tryPay().kind).toBe('refused');
  const paying = storyIn.bank_confirmed();
  paying.intendsPay();
  const cancel = { kind: 'canceled', by: 'platform', source: 'api' } as const;
  expect(paying.happen(cancel).kind).toBe('refused');
});

test('a cashier’s Y withholds the release until it is authorized anew over HTTP', () => {
  const story = tellStory().confirmed().cashierReports('Y');
  expect(story.codes).toEqual(['paid_elsewhere']);
  expect(story.next()).toEqual({ kind: 'poll' });
  expect(story.tryPay().kind).toBe('refused');
  expect(story.dueInMs()).toBe(HOUR_MS);
  story.authorizes('cashier').wait(MINUTE_MS).reports(VALIDATED);
  expect(story.tryPay().kind, 'the cashier’s own A does not count').toBe('refused');
  story.authorizes('api').reports(VALIDATED);
  expect(story.codes).toEqual([]);
  expect(story.next()).toEqual({ kind: 'pay' });
});

test('a Y after an authorization withholds it too', () => {
  const story = waiting().authorizes().cashierReports('Y').wait(SECOND_MS).reports(VALIDATED);
  expect(story.tryPay().kind).toBe('refused');
});

test('canceling a payout that was paid elsewhere settles that attention', () => {
  const story = tellStory().confirmed().cashierReports('Y');
  story.applied({ kind: 'canceled', by: 'platform', source: 'api' });
  expect(story.codes).toEqual([]);
});
