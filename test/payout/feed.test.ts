import { describe, expect, it } from 'vitest';
import type { PayoutEvent } from '../../src/payout/model/event.ts';
import { feedOf } from '../../src/payout/model/feed.ts';
import type { Payout } from '../../src/payout/model/payout.ts';
import { transition } from '../../src/payout/transition.ts';
import { APPROVED, replyOf, type Story, storyIn, VALIDATED } from '../support/payouts.ts';

/** What an event adds to the feed after a story. */
function entriesOf(story: Story, event: PayoutEvent): string[] {
  const before: Payout = story.payout;
  const decision = transition(before, event, story.context);
  if (decision.kind === 'refused') throw new Error(decision.summary);
  return feedOf(before, decision.payout, event);
}

const says = (story: Story, reply: Parameters<typeof replyOf>[0]): PayoutEvent => ({
  kind: 'status_reported',
  requestedAt: story.now + 1,
  asOf: story.payout.tracking.sequence,
  reply: replyOf(reply),
});

const callback = (later: boolean, type: string): PayoutEvent => ({
  kind: 'callback_received',
  status: 'approved',
  type,
  later,
});

describe('the feed', () => {
  it('reports a new version as an update', () => {
    const story = storyIn.bank_confirming();
    expect(entriesOf(story, says(story, VALIDATED))).toEqual(['payout.updated']);
  });

  it('reports nothing where no caller can see a change', () => {
    const story = storyIn.bank_confirming();
    expect(entriesOf(story, callback(false, 'payout'))).toEqual([]);
  });

  it('reports a raised attention item next to its update, and once', () => {
    const story = storyIn.bank_confirming();
    const approved = says(story, { status: 'approved', stage: 'payout_approved' });
    expect(entriesOf(story, approved)).toEqual(['payout.updated', 'payout.attention']);
    story.applied(approved);
    const again = says(story, { status: 'approved', stage: 'payout_approved' });
    expect(entriesOf(story, again)).toEqual([]);
  });

  it('reports every later event, also where the item for it is open already', () => {
    const story = storyIn.approved();
    const reversal = callback(true, 'reversal');
    expect(entriesOf(story, reversal)).toEqual([
      'payout.updated',
      'payout.attention',
      'payout.later_event',
    ]);
    story.applied(reversal);
    const again = entriesOf(story, callback(true, 'chargeback'));
    expect(again).toContain('payout.later_event');
    expect(again).not.toContain('payout.attention');
  });

  it('reports every later event that a status reply names, and each once', () => {
    const story = storyIn.approved();
    const reversal = { ...APPROVED, transactionType: 'reversal' };
    expect(entriesOf(story, says(story, reversal))).toContain('payout.later_event');
    story.reports(reversal);
    expect(entriesOf(story, says(story, reversal))).toEqual([]);
    const chargeback = { ...APPROVED, transactionType: 'chargeback' };
    expect(entriesOf(story, says(story, chargeback))).toContain('payout.later_event');
    story.reports(chargeback);
    const acknowledged = { kind: 'acknowledged', code: 'later_event', by: 'Ada' } as const;
    expect(entriesOf(story, acknowledged)).toEqual(['payout.updated']);
  });
});
