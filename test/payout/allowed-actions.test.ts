import { expect, test } from 'vitest';
import { allowedActions } from '../../src/payout/allowed-actions.ts';
import { DAY_MS, type Story, storyIn, tellStory } from '../support/payouts.ts';

const allowed = ({ payout, context }: Story) => allowedActions(payout, context);

test.each([
  { status: 'requested', actions: ['deauthorize', 'cancel'] },
  { status: 'bank_confirming', actions: ['deauthorize', 'cancel'] },
  { status: 'bank_confirmed', actions: ['deauthorize', 'cancel'] },
  { status: 'processing', actions: ['resolve'] },
  { status: 'awaiting_receiver', actions: ['resolve'] },
  { status: 'approved', actions: [] },
  { status: 'declined', actions: [] },
  { status: 'filtered', actions: [] },
] as const)('$status allows $actions', ({ status, actions }) => {
  expect(allowed(storyIn[status]().wait(1000))).toEqual(actions);
});

test('a payout that waits for an authorization can be authorized, and then no more', () => {
  const story = tellStory({ release: 'on_authorization' }).confirmed();
  expect(allowed(story)).toEqual(['authorize', 'cancel']);
  expect(allowed(story.authorizes())).toEqual(['deauthorize', 'cancel']);
  story.applied({ kind: 'deauthorized', by: 'Ada' });
  expect(allowed(story)).toEqual(['authorize', 'cancel', 'acknowledge']);
});

test('one whose authorization came too late allows nothing that the core would refuse', () => {
  const story = tellStory({ release: 'on_authorization' })
    .confirmed()
    .wait(31 * DAY_MS);
  expect(allowed(story)).not.toContain('authorize');
  expect(allowed(story)).not.toContain('cancel');
});

test('paying cannot be resolved before payout-pay can no longer arrive', () => {
  const story = storyIn.paying();
  expect(allowed(story)).toEqual([]);
  story.reports({ stage: 'payout_check_validated' }).wait(60_000);
  expect(allowed(story.reports({ stage: 'payout_check_validated' }))).toContain('resolve');
});

test('checking can be resolved once the gateway refused a lookup and nothing can arrive any more', () => {
  const story = storyIn.checking();
  expect(allowed(story)).not.toContain('resolve');
  expect(allowed(story.wait(60_000).refusesLookup())).toContain('resolve');
});

test.each(['checking', 'processing'] as const)(
  'a finding is not allowed in %s while another gateway is configured',
  (status) => {
    const story = storyIn[status]().wait(DAY_MS);
    if (status === 'checking') story.refusesLookup();
    expect(allowed(story)).toContain('resolve');
    const gateway = { identity: 'https://elsewhere/ endpoint/1 m', continues: [], isLegacy: false };
    story.surroundedBy({ gateway });
    expect(allowed(story)).not.toContain('resolve');
  },
);

test('what is open can be acknowledged until all of it is', () => {
  const story = storyIn
    .processing()
    .applied({ kind: 'callback_received', status: 'approved', type: 'reversal', later: true });
  expect(allowed(story)).toContain('acknowledge');
  story.applied({ kind: 'acknowledged', code: 'later_event_reported', by: 'Ada' });
  expect(allowed(story)).not.toContain('acknowledge');
});

test('an end that the gateway contradicts can be resolved', () => {
  const story = storyIn.declined().wait(DAY_MS).reports({ status: 'approved' });
  expect(story.payout.moneyMoved).toBe('unknown');
  expect(allowed(story)).toContain('resolve');
});

test('one that the gateway has not reported on for a day can be settled by two operators', () => {
  const story = storyIn.processing().wait(DAY_MS - 60_000);
  expect(allowed(story)).not.toContain('break_glass');
  expect(allowed(story.wait(120_000))).toContain('break_glass');
  expect(allowed(storyIn.approved().wait(2 * DAY_MS))).not.toContain('break_glass');
  expect(allowed(storyIn.bank_confirmed().wait(2 * DAY_MS))).not.toContain('break_glass');
});
