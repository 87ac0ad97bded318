/**
 * Planted bugs in what holds when the environment of the service changes: a database that lost its
 * history, another gateway, wrong clocks, missing variables, unknown callers, high load.
 */

import type { Mutant } from './mutant.ts';

export const worldMutants: readonly Mutant[] = [
  {
    name: 'rejected-pay-is-not-sent',
    guard: 'HTTP 403 and 429 to payout-pay leave its outcome unknown',
    rules: [3],
    seed: 24,
    changes: [
      {
        guard: 'rejected-pay-is-unknown',
        replace: `return { kind: 'pay_not_sent', intentId, cause: 'rejected' };`,
      },
    ],
  },
  {
    name: 'wish-to-stop-forgotten',
    guard: 'a refused cancel is a stop wish: no further payout-pay leaves',
    rules: [18],
    seed: 114,
    changes: [
      {
        guard: 'wish-to-stop',
        replace: `export const wishToStop = (payout: Payout, _wish: StopWish): Payout => payout;`,
      },
    ],
  },
  {
    name: 'other-gateway-believed',
    guard: 'a payout belongs to the gateway that it was created for',
    rules: [16],
    seed: 14,
    changes: [{ guard: 'gateway-identity', replace: `if (identity !== '') return true;` }],
  },
  {
    name: 'lost-commits-unnoticed',
    guard: 'a process compares the revisions that it remembers after a lost connection',
    rules: [4, 15, 17],
    seed: 7,
    changes: [
      {
        guard: 'newest-entry-found',
        replace:
          '  select $3::bigint is null or $4::text is null or $5::timestamptz is null or true as holds',
      },
      { guard: 'lost-commits', replace: '' },
      { guard: 'lost-epoch', replace: '' },
    ],
  },
  {
    name: 'restore-unnoticed',
    guard: 'a database with another fingerprint has another history',
    rules: [4, 15, 17],
    seed: 113,
    changes: [
      { guard: 'lost-commits', replace: '' },
      { guard: 'lost-epoch', replace: '' },
      { guard: 'fingerprint', replace: `if (differing.length >= 0) return { kind: 'same' };` },
    ],
  },
  {
    name: 'paid-without-new-authorization',
    guard: 'an unpaid payout of a restored database waits for a new authorization',
    rules: [17],
    seed: 26,
    changes: [{ guard: 'new-authorization', replace: '' }],
  },
  {
    name: 'lost-intent-ignored',
    guard: 'an answer to a command that the row does not know blocks payout-pay',
    rules: [15, 17],
    seed: 12,
    changes: [
      {
        guard: 'known-intent',
        replace: `export const knowsIntent = (_attempts: Attempts, intentId: string): boolean =>
  intentId !== '';`,
      },
    ],
  },
  {
    name: 'created-anew-without-lookup',
    guard: 'a payout that is created again after a loss is polled before its payout-check',
    rules: [4, 15],
    seed: 7,
    changes: [
      { guard: 'lookup-after-loss', replace: `const isOfWholeHistory = history.epoch > 0;` },
    ],
  },
  {
    name: 'lookups-of-lost-history',
    guard: 'polls refused before a loss prove nothing about the time after it',
    rules: [4],
    seed: null,
    changes: [
      { guard: 'lookups-of-this-history', replace: '' },
      { guard: 'runs-of-this-history', replace: `const { check } = payout.tracking;` },
    ],
  },
  {
    name: 'restored-payout-ends-unasked',
    guard: 'a restored payout ends without payment only after a status request',
    rules: [5, 7, 9, 15],
    seed: 83,
    changes: [
      {
        guard: 'asked-before-it-ends',
        replace: `export const isDoubtful = (
  _payout: Payout,
  _context: Pick<Context, 'history'>,
): boolean => false;`,
      },
    ],
  },
  {
    name: 'adopted-order-paid',
    guard: 'an order that no payout-check on record explains is never paid',
    rules: [15, 3],
    seed: 7,
    changes: [
      {
        guard: 'order-explained',
        replace: `export const isOrderExplained = (_payout: Payout): boolean => true;`,
      },
    ],
  },
  {
    name: 'refusal-decides-after-restore',
    guard: 'in a new epoch a refused payout-check decides only after a poll',
    rules: [5, 9, 15],
    seed: null,
    changes: [
      {
        guard: 'refusal-in-new-epoch',
        replace: `if (isFirst) return endRefused(next, event, now);`,
      },
    ],
  },
  {
    name: 'sequence-ignored',
    guard: 'a reply decides only if nothing came after its request',
    rules: [3, 5, 8],
    seed: 18,
    changes: [
      {
        guard: 'sequence',
        replace: `export const isSameSequence = (a: Sequence, b: Sequence): boolean =>
  a.reply + b.reply >= 0;`,
      },
    ],
  },
  {
    name: 'own-clock-trusted',
    guard: 'ages are measured by the database, and a replica with a wrong clock only polls',
    rules: [3, 12, 19],
    seed: 4,
    changes: [
      { guard: 'database-time', replace: `const now = (): number => wall();` },
      { guard: 'clock-is-trusted', replace: `isTrusted: () => true,` },
    ],
  },
  {
    name: 'signed-text-shifted',
    guard: 'a signed text can be read in one way only',
    rules: [20],
    seed: null,
    changes: [
      { guard: 'documented-forms', replace: '' },
      { guard: 'documented-client-order-id', replace: `return { kind: 'verified', ids };` },
    ],
  },
  {
    name: 'resolved-too-early',
    guard: 'not_paid is accepted only where an attention item calls for the operator',
    rules: [5],
    seed: 94,
    changes: [{ guard: 'called-for', replace: '' }],
  },
  {
    name: 'letter-needs-variable',
    guard: 'a process without an address leaves notifications to those that have one',
    rules: [0, 9],
    seed: 9,
    changes: [{ guard: 'address-before-claim', replace: `hasAddress: true,` }],
  },
  {
    name: 'breaker-in-memory',
    guard: 'refused payout-checks are counted by all replicas together, over their restarts',
    rules: [5],
    seed: 369,
    changes: [
      {
        guard: 'shared-breaker',
        replace: `const key = [endpoint, settingsHash + String(performance.now())];`,
      },
    ],
  },
  {
    name: 'budget-without-reserve',
    guard: 'polls keep a share of the budget, and callbacks come before new payouts',
    rules: [20],
    seed: 499,
    changes: [
      {
        guard: 'status-share',
        replace: `const share = { of: () => 0, claimed: () => undefined };`,
      },
      {
        guard: 'due-class-order',
        replace: `export const dueClass = { pay: 0, check: 1, hint: 2, poll: 3, watch: 4 } as const;`,
      },
    ],
  },
];
