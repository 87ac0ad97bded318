/**
 * Planted bugs in what is believed: replies, callbacks, ends, and words that come too late.
 */

import type { Mutant } from './mutant.ts';

export const factMutants: readonly Mutant[] = [
  {
    name: 'callback-believed',
    guard: 'a callback is a hint, and only a status reply moves money state',
    rules: [0, 5, 8],
    seed: 21,
    changes: [
      {
        file: 'src/payout/rules/hint-rules.ts',
        find: `import { nameOrder } from '../policy/order.ts';`,
        replace: `import { nameOrder } from '../policy/order.ts';
import { enter } from '../model/payout.ts';`,
      },
      {
        file: 'src/payout/rules/hint-rules.ts',
        find: `  const found = orderId === undefined ? payout : foundOrder(payout);`,
        replace: `  if (event.status === 'approved') return applied(enter(payout, 'approved', now), says);
  const found = orderId === undefined ? payout : foundOrder(payout);`,
      },
    ],
  },
  {
    name: 'forgery-taken',
    guard: 'a callback whose control does not verify changes nothing',
    rules: [8],
    seed: 9,
    changes: [
      {
        file: 'src/payneteasy/control.ts',
        find: `if (!isSameControl(callbackControl(`,
        replace: `if (control === '' && !isSameControl(callbackControl(`,
      },
    ],
  },
  {
    name: 'callback-of-other-endpoint',
    guard: 'a callback that came for another endpoint is about none of its payouts',
    rules: [8],
    seed: 13,
    changes: [
      {
        file: 'src/flow/gateway/take-callback.ts',
        find: `const isOurs = stored?.payout.endpoint === received.endpoint;`,
        replace: `const isOurs = stored !== null;`,
      },
    ],
  },
  {
    name: 'final-overwritten',
    guard: 'a final status never changes',
    rules: [0, 6],
    seed: 15,
    changes: [
      {
        file: 'src/payout/rules/judge.ts',
        find: `if (isFinal(next.status)) return judgeFinal(next, event, now);`,
        replace: `if (isFinal(next.status) && event.askedAt < 0) return judgeFinal(next, event, now);`,
      },
    ],
  },
  {
    name: 'contradiction-hidden',
    guard: 'what contradicts an end later is shown to a person',
    rules: [6],
    seed: 27,
    changes: [
      {
        file: 'src/payout/rules/judge.ts',
        find: `if (!contradicts) return noted(`,
        replace: `if (contradicts !== null) return noted(`,
      },
    ],
  },
  {
    name: 'acknowledged-is-settled',
    guard: 'what a person has seen stays open until the facts settle it',
    rules: [1, 6],
    seed: 130,
    changes: [
      {
        file: 'src/payout/rules/resolve-rules.ts',
        find: `const attention = payout.attention.map((open) =>
    open === entry ? { ...entry, acknowledgedBy: by } : open,
  );`,
        replace: `const attention = payout.attention.filter((open) => open !== entry);`,
      },
    ],
  },
  {
    name: 'cancel-after-pay',
    guard: 'cancel and C are refused once payout-pay may have been sent',
    rules: [7],
    seed: 109,
    changes: [
      {
        file: 'src/payout/rules/command-rules.ts',
        find: `export const keepStopWish: Rule<'canceled' | 'rejected'> = (payout, event) => {`,
        replace: `export const keepStopWish: Rule<'canceled' | 'rejected'> = (payout, event, { now }) => {
  if (!isFinal(payout.status)) return stop(payout, wishOf(event), now);`,
      },
      {
        file: 'src/payout/model/payout.ts',
        find: 'assert(tracking.pay.made === 0 || isFound, `${payout.id}: ${status} after payout-pay`);',
        replace: '',
      },
    ],
  },
  {
    name: 'late-authorization',
    guard: 'an authorization after expires_at is too late, whoever notices first, looked at twice',
    rules: [7],
    seed: 19,
    changes: [
      {
        file: 'src/payout/transition.ts',
        find: `if (!isExpired(payout, context)) return carry`,
        replace: `if (!isExpired(payout, context) || event.kind === 'authorized') return carry`,
      },
      {
        file: 'src/payout/rules/command-rules.ts',
        find: `if (authorizedAt === null && expiresAt !== null && now >= expiresAt) {`,
        replace: `if (now < 0 && expiresAt !== null && authorizedAt === null) {`,
      },
    ],
  },
  {
    name: 'reply-of-other-order',
    guard: 'a reply about another order decides nothing, looked at by the client and by the core',
    rules: [0, 3, 5, 8, 14],
    seed: 1325,
    changes: [
      {
        file: 'src/payneteasy/verdict.ts',
        find: `if (!isStatus) return { kind: 'failed', cause: 'unexpected_type' };
  if (isAboutAnother(fields, ids)) return { kind: 'failed', cause: 'other_order' };`,
        replace: `if (!isStatus) return { kind: 'failed', cause: 'unexpected_type' };`,
      },
      {
        file: 'src/payout/rules/record-reply.ts',
        find: `if (!namesPayout(payout, reply)) return 'The status reply does not name this payout.';`,
        replace: ``,
      },
      {
        file: 'src/payout/rules/record-reply.ts',
        find: `if (isOtherOrder(payout, reply)) return`,
        replace: `if (isOtherOrder(payout, { ...reply, orderId: null })) return`,
      },
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
    seed: 21,
    changes: [
      {
        file: 'src/payout/policy/order.ts',
        find: `  if (bound !== null)`,
        replace: `  if (bound === '')`,
      },
    ],
  },
  {
    name: 'unknown-is-declined',
    guard: 'the status unknown is asked about, and is no end',
    rules: [5, 8],
    seed: 21,
    changes: [
      {
        file: 'src/payout/rules/judge.ts',
        find: `if (isNegative(reply.status)) return judgeNegative(payout, reply.status,`,
        replace: `if (isNegative(reply.status) || reply.status === 'unknown')
    return judgeNegative(payout, 'declined',`,
      },
    ],
  },
  {
    name: 'chain-declined-is-the-end',
    guard: 'a decline of one route is believed only after ten minutes',
    rules: [5],
    seed: 139,
    changes: [
      {
        file: 'src/payout/rules/judge-negative.ts',
        find: `if (goesOn && !isBelieved(`,
        replace: `if (goesOn && now < 0 && !isBelieved(`,
      },
    ],
  },
  {
    name: 'approved-unasked',
    guard: 'approved before payout-pay is for a person to settle',
    rules: [0, 5],
    seed: 135,
    changes: [
      {
        file: 'src/payout/rules/judge.ts',
        find: `if (isBeforePay(payout.status) || approvedBeforePay || pay.made === 0) {`,
        replace: `if (approvedBeforePay && pay.made > 9 && isBeforePay(payout.status)) {`,
      },
    ],
  },
];
