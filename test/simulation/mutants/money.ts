/**
 * Planted bugs in what lets money move: intents, leases, send_before, mayPay, repeated commands.
 */

import { afterwards, type Mutant } from './mutant.ts';

export const moneyMutants: readonly Mutant[] = [
  {
    name: 'intent-after-call',
    guard: 'the intent of payout-pay is committed before the first byte',
    rules: [2],
    seed: 2,
    changes: [
      {
        guard: 'pay-intent-first',
        replace: afterwards(`const intended = { kind: 'applied', stored } as const;`),
      },
    ],
  },
  {
    name: 'check-intent-after-call',
    guard: 'the intent of payout-check is committed before the first byte',
    rules: [2],
    seed: 1,
    changes: [
      {
        guard: 'check-intent-first',
        replace: afterwards(`const intended = { kind: 'applied', stored } as const;`),
      },
    ],
  },
  {
    name: 'sent-to-other-endpoint',
    guard: 'a command is sent to the endpoint of its payout, checked by the runner and the sender',
    rules: [2, 8],
    seed: 15,
    changes: [
      { guard: 'own-endpoint', replace: `const [endpoint] = app.endpoints.values();` },
      { guard: 'check-to-own-endpoint', replace: '' },
      { guard: 'pay-to-own-endpoint', replace: '' },
    ],
  },
  {
    name: 'blind-resend',
    guard: 'an unknown outcome of payout-pay is polled, and payout-pay is not repeated',
    rules: [3],
    seed: 21,
    changes: [
      {
        guard: 'unknown-pay-is-unknown',
        replace: `return { kind: 'pay_not_sent', intentId, cause: verdict.cause };`,
      },
    ],
  },
  {
    name: 'lease-token-and-revision',
    guard: 'an intent is committed only under the lease and on the revision it was decided on',
    rules: [3, 4, 6, 7, 9, 12, 14],
    seed: 2,
    changes: [
      { guard: 'revision', replace: 'where true' },
      { guard: 'lease-token', replace: 'and ($2::timestamptz is null or true)' },
    ],
  },
  {
    name: 'send-before',
    guard: 'no command leaves after send_before, by either clock, or without the lease',
    rules: [12],
    seed: 119,
    changes: [{ guard: 'send-before', replace: `mayStillSend: () => true,` }],
  },
  {
    name: 'pay-without-authorization',
    guard: 'an on_authorization payout waits for its authorization',
    rules: [7],
    seed: 1,
    changes: [{ guard: 'authorized', replace: `true;` }],
  },
  {
    name: 'pay-though-withheld',
    guard: 'a payout that the cashier says was paid elsewhere is not released',
    rules: [7],
    seed: 13,
    changes: [{ guard: 'release-not-withheld', replace: '' }],
  },
  {
    name: 'deauthorized-and-paid',
    guard: 'an authorization that was taken back releases nothing',
    rules: [7],
    seed: 13,
    changes: [
      {
        guard: 'authorization-withdrawn',
        replace: `const authorization = payout.authorization;`,
      },
    ],
  },
  {
    name: 'deauthorize-wish-forgotten',
    guard: 'a refusal to take an authorization back keeps payout-pay from being sent again',
    rules: [18],
    seed: null,
    changes: [{ guard: 'deauthorize-wish', replace: `return refusal;` }],
  },
  {
    name: 'pay-during-pause',
    guard: 'nothing is paid while payments are paused, checked in two places',
    rules: [3],
    seed: 21,
    changes: [
      {
        guard: 'not-while-paused',
        replace: `return context.history.isOpen ? 'paused' : null;`,
      },
      { guard: 'no-intent-while-paused', replace: `unlessPaused: false,` },
    ],
  },
  {
    name: 'pay-during-partial-pause',
    guard: 'nothing of a paused endpoint, currency or API key is paid: at the claim and the commit',
    rules: [3],
    seed: 4,
    changes: [{ guard: 'partial-pause', replace: '' }],
  },
  {
    name: 'stale-permission',
    guard: 'payout-pay rests on a status reply of the last ten seconds',
    rules: [3],
    seed: 1,
    changes: [
      {
        guard: 'recent-reply',
        replace: `const isRecent = requestedAt <= now + FRESH_REPLY_MS;`,
      },
      {
        guard: 'reply-after-authorization',
        replace: `const isLast = asOf.attempt === sequence.attempt;`,
      },
    ],
  },
  {
    name: 'repeat-without-quiet',
    guard: 'payout-pay is repeated only after equal replies over the quiet period',
    rules: [3],
    seed: 21,
    changes: [{ guard: 'quiet-before-pay', replace: `return true;` }],
  },
  {
    name: 'repeat-though-forbidden',
    guard: 'payout-pay is repeated once at most, and not where that is switched off',
    rules: [3],
    seed: 1587,
    changes: [
      {
        guard: 'pay-repeat-allowed',
        replace: `const mayRepeat = tracking.pay.made <= PAY_ATTEMPTS_MAX;`,
      },
      { guard: 'pay-attempts', replace: '' },
    ],
  },
  {
    name: 'recheck-without-asking',
    guard: 'payout-check is repeated only after the order was known absent over the quiet period',
    rules: [4],
    seed: 114,
    changes: [{ guard: 'absent-before-check', replace: `true;` }],
  },
  {
    name: 'mapped-code-at-once',
    guard: 'a mapped code means that the order is absent only after the quiet period',
    rules: [4],
    seed: 20,
    changes: [{ guard: 'quiet-before-absent', replace: `return true;` }],
  },
  {
    name: 'pay-wrong-amount',
    guard: 'a reply with another amount or currency than ours holds the payout',
    rules: [3],
    seed: 95,
    changes: [
      { guard: 'own-money', replace: `if (!amountDiffers || !currencyDiffers) return null;` },
    ],
  },
  {
    name: 'altered-row-unseen',
    guard: 'a row that does not fit its MAC was changed by hand',
    rules: [21],
    seed: 10,
    changes: [{ guard: 'row-mac', replace: '' }],
  },
  {
    name: 'unsigned-row-paid',
    guard: 'a row without MACs is refused once every row is signed',
    rules: [21],
    seed: 72,
    changes: [{ guard: 'unsigned-refused', replace: 'return found;' }],
  },
  {
    name: 'altered-row-paid',
    guard: 'payout-pay does not leave for a row that was changed by hand',
    rules: [21],
    seed: 88,
    changes: [{ guard: 'row-unaltered', replace: '' }],
  },
  {
    name: 'altered-row-checked',
    guard: 'payout-check does not leave for a row that was changed by hand, in two places',
    rules: [21],
    seed: 10,
    changes: [
      {
        guard: 'unaltered-before-check',
        replace: `const isUnaltered = ({ integrity }: Context): boolean => integrity.length > 0;`,
      },
      {
        guard: 'altered-left-alone',
        replace: `const isLeftAlone = (_payout: Payout, _context: Context): boolean => false;`,
      },
    ],
  },
  {
    name: 'pay-beside-second-order',
    guard: 'a payout with a second order at the gateway is not paid',
    rules: [14],
    seed: 130,
    changes: [{ guard: 'second-order', replace: '' }],
  },
];
