/** What an altered row may still do: it is held, shown and polled, and no command leaves for it. */

import { describe, expect, test } from 'vitest';
import { isFinal, type Status, statuses } from '../../src/payout/model/status.ts';
import { HOUR_MS, MINUTE_MS, START, storyIn, tellStory, VALIDATED } from '../support/payouts.ts';

const altered = { integrity: 'altered' } as const;
const open = statuses.filter((status) => !isFinal(status));
const final = statuses.filter(isFinal);

describe('a row that was changed by hand', () => {
  test.each(open)('holds a payout that is %s, and says so first', (status) => {
    const story = storyIn[status]().surroundedBy(altered);
    expect(story.dueInMs()).toBe(0);
    expect(story.next()).toEqual({ kind: 'hold', code: 'row_altered' });
    story.applied({ kind: 'held', code: 'row_altered' });
    expect(story.codes).toContain('row_altered');
    expect(story.status).toBe(status);
  });

  test('does not let payout-check leave, and is looked at again after an hour', () => {
    const story = storyIn.requested().surroundedBy(altered);
    expect(story.tryCheck().kind).toBe('refused');
    story.applied({ kind: 'held', code: 'row_altered' });
    expect(story.next()).toEqual({ kind: 'hold', code: 'row_altered' });
    expect(story.dueInMs()).toBeGreaterThanOrEqual(HOUR_MS);
    expect(story.dueInMs()).toBeLessThan(2 * HOUR_MS);
  });

  test('does not let payout-pay leave, whatever a fresh reply says', () => {
    const story = storyIn.bank_confirmed().surroundedBy(altered);
    story.applied({ kind: 'held', code: 'row_altered' });
    story.reports(VALIDATED);
    expect(story.next()).toEqual({ kind: 'poll' });
    expect(story.tryPay().kind).toBe('refused');
  });

  test('is not repeated: the operator decides what became of the payment', () => {
    const story = storyIn.bank_confirmed().paysIntoTheDark().surroundedBy(altered);
    for (let round = 0; round < 6; round += 1) story.wait(3 * MINUTE_MS).reports(VALIDATED);
    story.applied({ kind: 'held', code: 'row_altered' });
    expect(story.next()).toEqual({ kind: 'hold', code: 'pay_outcome_unknown' });
  });

  test('goes on when it is restored, after a poll', () => {
    const story = storyIn.bank_confirmed().surroundedBy(altered);
    story.applied({ kind: 'held', code: 'row_altered' });
    story.wait(MINUTE_MS).surroundedBy({ integrity: 'ok' });
    expect(story.next()).toEqual({ kind: 'resume' });
    story.applied({ kind: 'resumed' });
    expect(story.codes).toEqual([]);
    expect(story.next()).toEqual({ kind: 'poll' });
    story.reports(VALIDATED);
    expect(story.next()).toEqual({ kind: 'pay' });
  });

  test('is polled after a loss, without which it could never be canceled', () => {
    const history = { epoch: 2, startedAt: START, isOpen: false, repliesFrom: 0 };
    const story = storyIn.requested().surroundedBy({ ...altered, history });
    story.applied({ kind: 'held', code: 'row_altered' });
    expect(story.next()).toEqual({ kind: 'poll' });
    expect(story.dueInMs()).toBeLessThan(MINUTE_MS);
    expect(story.tryCheck().kind).toBe('refused');
  });

  test('can be canceled, and expires', () => {
    const canceled = storyIn.bank_confirmed().surroundedBy(altered);
    canceled.applied({ kind: 'canceled', by: 'platform', source: 'api' });
    expect(canceled.status).toBe('canceled');
    const expired = tellStory({ release: 'on_authorization' }).surroundedBy(altered);
    expired.applied({ kind: 'held', code: 'row_altered' });
    expired.wait(721 * HOUR_MS);
    expect(expired.next()).toEqual({ kind: 'expire' });
  });

  test.each(final)('changes nothing for a payout that is %s', (status) => {
    const before = storyIn[status]();
    const after = storyIn[status]().surroundedBy(altered);
    expect(after.next()).toEqual(before.next());
    expect(after.due()).toEqual(before.due());
  });
});

test.each(['ok', 'unsigned'] as const)('a row that is %s is checked and paid', (integrity) => {
  const checked = storyIn.requested().surroundedBy({ integrity });
  expect(checked.next()).toEqual({ kind: 'check' });
  const paid = storyIn.bank_confirmed().surroundedBy({ integrity });
  expect(paid.next()).toEqual({ kind: 'pay' });
});

test('every open status is told of', () => {
  const told: readonly Status[] = open;
  expect(told).toHaveLength(7);
});
