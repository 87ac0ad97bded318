/**
 * Planted bugs in what lets money move: intents, leases, send_before, mayPay, repeats.
 */

import type { Mutant } from './mutant.ts';

const sendBefore = {
  file: 'src/flow/gateway/send-command.ts',
  find: `    mayStillSend: () =>
`,
  replace: `    mayStillSend: () => since + Number(lease.holds()) >= 0 ||
`,
};

const isOrderKnownAbsent = {
  file: 'src/payout/policy/may-check.ts',
  find: `payout.tracking.check.made < CHECK_ATTEMPTS_MAX &&
  isOrderKnownAbsent(payout, context);`,
  replace: `payout.tracking.check.made < CHECK_ATTEMPTS_MAX;`,
};

export const moneyMutants: readonly Mutant[] = [
  {
    name: 'intent-after-call',
    guard: 'the intent of payout-pay is committed before the first byte',
    rules: [2],
    seed: 2,
    changes: [
      {
        file: 'src/flow/gateway/send-pay.ts',
        find: `const intended = await commitIntent(app, {`,
        replace: `const intended = { kind: 'applied', stored } as const;
  void commitIntent(app, {`,
      },
    ],
  },
  {
    name: 'check-intent-after-call',
    guard: 'the intent of payout-check is committed before the first byte',
    rules: [2],
    seed: 2,
    changes: [
      {
        file: 'src/flow/gateway/send-check.ts',
        find: `const intended = await commitIntent(app, {`,
        replace: `const intended = { kind: 'applied', stored } as const;
  void commitIntent(app, {`,
      },
    ],
  },
  {
    name: 'sent-to-other-endpoint',
    guard:
      'what a payout needs is sent to its own endpoint, looked at by the runner and the sender',
    rules: [2, 8],
    seed: 15,
    changes: [
      {
        file: 'src/flow/gateway/run-due.ts',
        find: `const endpoint = app.endpoints.get(stored.payout.endpoint);`,
        replace: `const [endpoint] = app.endpoints.values();`,
      },
      {
        file: 'src/flow/gateway/send-check.ts',
        find: `assert(endpoint.name === stored.payout.endpoint,`,
        replace: `assert(endpoint.name !== '',`,
      },
      {
        file: 'src/flow/gateway/send-pay.ts',
        find: `assert(endpoint.name === stored.payout.endpoint,`,
        replace: `assert(endpoint.name !== '',`,
      },
    ],
  },
  {
    name: 'blind-resend',
    guard: 'an unknown outcome of payout-pay is asked about and not sent again',
    rules: [3],
    seed: 13,
    changes: [
      {
        file: 'src/flow/gateway/send-pay.ts',
        find: `return { kind: 'pay_unknown', intentId, cause: verdict.cause };`,
        replace: `return { kind: 'pay_not_sent', intentId, cause: verdict.cause };`,
      },
    ],
  },
  {
    name: 'lease-token-and-revision',
    guard: 'an intent is committed only under the lease and on the revision it was decided on',
    rules: [3, 4, 6, 7, 9, 12, 14],
    seed: 8,
    changes: [
      {
        file: 'src/store/payouts/save-payouts.ts',
        find: 'where p.revision = s.revision',
        replace: 'where s.revision > 0',
      },
      {
        file: 'src/store/payouts/save-payouts.ts',
        find: `(p.lease_token = s.token
             and p.lease_until >`,
        replace: '(p.lease_until is null or p.lease_until > to_timestamp(0) or now() >',
      },
    ],
  },
  {
    name: 'send-before',
    guard: 'nothing leaves after send_before, by either clock, or without the lease',
    rules: [12],
    seed: 119,
    changes: [sendBefore],
  },
  {
    name: 'pay-without-authorization',
    guard: 'an on_authorization payout waits for its authorization',
    rules: [7],
    seed: 1,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `(release === 'automatic' || authorization.authorizedAt !== null);`,
        replace: `(release !== null || authorization.authorizedAt !== null);`,
      },
    ],
  },
  {
    name: 'pay-though-withheld',
    guard: 'a payout that the cashier says was paid elsewhere is not released',
    rules: [7],
    seed: 38,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `  !authorization.withheld &&
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'pay-during-pause',
    guard: 'nothing is paid while payments are paused, looked at twice',
    rules: [3],
    seed: 21,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `return paused || context.history.isOpen ? 'paused' : null;`,
        replace: `return context.history.isOpen ? 'paused' : null;`,
      },
      {
        file: 'src/flow/write/apply-event.ts',
        find: `unlessPaused: event.kind === 'pay_intended',`,
        replace: `unlessPaused: false,`,
      },
    ],
  },
  {
    name: 'stale-permission',
    guard: 'payout-pay rests on a status reply of the last ten seconds',
    rules: [3],
    seed: 2,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `const isRecent = askedAt <= now && now - askedAt <= FRESH_REPLY_MS;`,
        replace: `const isRecent = askedAt <= now + FRESH_REPLY_MS;`,
      },
      {
        file: 'src/payout/policy/may-pay.ts',
        find: ` && asOf.authorization === sequence.authorization;`,
        replace: `;`,
      },
    ],
  },
  {
    name: 'repeat-without-quiet',
    guard: 'payout-pay is repeated only after equal replies over the quiet period',
    rules: [3],
    seed: 21,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `return equal.count >= REPEAT_REPLIES_MIN && durationOf(equal) >= policy.repeatQuietMs;`,
        replace: `return equal.count + REPEAT_REPLIES_MIN + durationOf(equal) + policy.repeatQuietMs > 0;`,
      },
    ],
  },
  {
    name: 'repeat-though-forbidden',
    guard: 'payout-pay is repeated once at most, and not where that is switched off',
    rules: [3],
    seed: 1587,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `const mayRepeat = context.policy.payRepeat && tracking.pay.made < PAY_ATTEMPTS_MAX;`,
        replace: `const mayRepeat = tracking.pay.made <= PAY_ATTEMPTS_MAX;`,
      },
      {
        file: 'src/payout/model/payout.ts',
        find: `pay.made <= PAY_ATTEMPTS_MAX &&`,
        replace: ``,
      },
    ],
  },
  {
    name: 'recheck-without-asking',
    guard: 'payout-check is repeated only after the gateway knew none over the quiet period',
    rules: [4],
    seed: 114,
    changes: [isOrderKnownAbsent],
  },
  {
    name: 'mapped-code-at-once',
    guard: 'a mapped code says that the gateway knows none only after the quiet period',
    rules: [4],
    seed: 96,
    changes: [
      {
        file: 'src/payout/policy/may-check.ts',
        find: `return isClockTrusted && streak.until - since >= policy.checkQuietMs;`,
        replace: `return streak.until + policy.checkQuietMs > 0;`,
      },
    ],
  },
  {
    name: 'pay-wrong-amount',
    guard: 'a reply with another amount or currency than ours holds the payout',
    rules: [3],
    seed: 95,
    changes: [
      {
        file: 'src/payout/rules/record-reply.ts',
        find: `if (!amountDiffers && !currencyDiffers) return null;`,
        replace: `if (!amountDiffers || !currencyDiffers) return null;`,
      },
    ],
  },
  {
    name: 'pay-beside-second-order',
    guard: 'a payout with a second order at the gateway is not paid',
    rules: [14],
    seed: 130,
    changes: [
      {
        file: 'src/payout/policy/may-pay.ts',
        find: `if (tracking.secondOrderId !== null) return 'second_order';`,
        replace: ``,
      },
    ],
  },
];
