/**
 * The feed: which entries a change of a payout adds to the public, ordered list of events. Every
 * new version is in it, so a client that follows the feed misses no state. What counts as a new
 * version is decided in payout/transition.ts.
 */

import type { PayoutEvent } from './event.ts';
import type { Payout } from './payout.ts';

export const feedTypes = [
  'payout.created',
  'payout.updated',
  'payout.attention',
  'payout.later_event',
] as const;

export type FeedType = (typeof feedTypes)[number];

/**
 * The entries of an applied event, in their order; none if no client can see a change.
 */
export function feedOf(before: Payout, after: Payout, event: PayoutEvent): FeedType[] {
  const open = new Set(before.attention.map(({ code }) => code));
  const raised = after.attention.filter(({ code }) => !open.has(code));
  // The item of one later event is replaced by that of the next one.
  const known = before.attention.find(({ code }) => code === 'later_event');
  const isLater =
    after.attention.some(
      ({ code, detail }) => code === 'later_event' && detail !== known?.detail,
    ) ||
    (event.kind === 'callback_received' && event.later);
  return [
    ...(after.version > before.version ? (['payout.updated'] as const) : []),
    ...(raised.length > 0 ? (['payout.attention'] as const) : []),
    ...(isLater ? (['payout.later_event'] as const) : []),
  ];
}
