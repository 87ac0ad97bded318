/**
 * Planted bugs in what is accepted as true: replies, callbacks, final statuses, and commands that
 * come too late.
 */

import type { Mutant } from './mutant.ts';

export const factMutants: readonly Mutant[] = [
  {
    name: 'callback-believed',
    guard: 'a callback is a hint, and only a status reply moves money state',
    rules: [0, 5, 8],
    seed: 2,
    changes: [
      {
        guard: 'callback-is-a-hint',
        imports: `import { enter } from '../model/payout.ts';`,
        replace: (guarded) =>
          `if (event.status === 'approved') return applied(enter(payout, 'approved', now), summary);
${guarded}`,
      },
    ],
  },
  {
    name: 'forgery-taken',
    guard: 'a callback whose control does not verify changes nothing',
    rules: [8],
    seed: 9,
    changes: [{ guard: 'signed-callback', replace: '' }],
  },
  {
    name: 'callback-of-other-endpoint',
    guard: 'a callback for another endpoint concerns none of the payouts of this one',
    rules: [8],
    seed: 13,
    changes: [{ guard: 'callback-of-own-endpoint', replace: `const isOurs = stored !== null;` }],
  },
  {
    name: 'final-overwritten',
    guard: 'a final status never changes',
    rules: [0, 6],
    seed: 4,
    changes: [{ guard: 'final-stays', replace: '' }],
  },
  {
    name: 'contradiction-hidden',
    guard: 'a status that contradicts a final one raises an attention item',
    rules: [6],
    seed: 4,
    changes: [
      {
        guard: 'contradiction-raised',
        replace: `return noted(payout, 'Nothing contradicts it.');`,
      },
    ],
  },
  {
    name: 'acknowledged-is-settled',
    guard: 'an acknowledged attention item stays open until the facts settle it',
    rules: [1, 6],
    seed: 130,
    changes: [
      {
        guard: 'acknowledged-stays-open',
        replace: `const attention = payout.attention.filter((open) => open !== entry);`,
      },
    ],
  },
  {
    name: 'cancel-after-pay',
    guard: 'cancel and C are refused once payout-pay may have been sent',
    rules: [7],
    seed: 19,
    changes: [
      {
        guard: 'cancel-before-pay',
        replace: `export const keepStopWish: Rule<'canceled' | 'rejected'> = (payout, event, { now }) =>
  isFinal(payout.status)
    ? refused('not_cancelable', 'It has ended.')
    : stop(payout, wishOf(event), now);`,
      },
      { guard: 'no-stop-after-pay', replace: '' },
    ],
  },
  {
    name: 'late-authorization',
    guard: 'an authorization after expires_at is too late, checked in two places',
    rules: [7],
    seed: 6,
    changes: [
      {
        guard: 'expired-first',
        replace: (guarded) =>
          `if (event.kind === 'authorized') {
    return carryOutWish(answer(payout, event, context), context);
  }
${guarded}`,
      },
      { guard: 'authorization-in-time', replace: '' },
    ],
  },
  {
    name: 'reply-of-other-order',
    guard: 'a reply about another order decides nothing, checked by the client and by the core',
    rules: [0, 3, 5, 8, 14],
    seed: 8,
    changes: [
      { guard: 'status-of-own-order', replace: '' },
      { guard: 'reply-names-payout', replace: '' },
      { guard: 'reply-of-own-order', replace: '' },
    ],
  },
  {
    name: 'stale-reply',
    guard: 'a reply older than the last one that was read decides nothing',
    rules: [3, 5, 8],
    seed: 1669,
    changes: [
      {
        guard: 'sequence',
        replace: `export const isSameSequence = (a: Sequence, b: Sequence): boolean =>
  a.attempt === b.attempt && a.authorization === b.authorization;`,
      },
    ],
  },
  {
    name: 'order-rebound',
    guard: 'gateway.order_id is set once',
    rules: [14],
    seed: 23,
    changes: [{ guard: 'order-bound-once', replace: '' }],
  },
  {
    name: 'unknown-is-declined',
    guard: 'the status unknown is polled, and is not final',
    rules: [5, 8],
    seed: 21,
    changes: [
      {
        guard: 'unknown-is-open',
        replace: `if (isNegative(reply.status) || reply.status === 'unknown')
    return judgeNegative(payout, 'declined', reported, context);`,
      },
    ],
  },
  {
    name: 'chain-declined-is-the-end',
    guard: 'a decline of one route is final only after ten minutes',
    rules: [5],
    seed: 139,
    changes: [{ guard: 'decline-believed-late', replace: '' }],
  },
  {
    name: 'approved-unasked',
    guard: 'approved before payout-pay is for the operator to resolve',
    rules: [0, 5],
    seed: 135,
    changes: [{ guard: 'approved-after-pay', replace: '' }],
  },
];
