/**
 * The total table: for every event and every status, the rule that decides. A new status or event
 * does not compile until each of its cells is filled. docs/payout-states.md is generated from it.
 * What a rule does is decided in the file of the rule, such as check-rules.ts.
 */

import type { Rule } from './model/decision.ts';
import type { EventKind } from './model/event.ts';
import type { Status } from './model/status.ts';
import * as checkRules from './rules/check-rules.ts';
import * as commandRules from './rules/command-rules.ts';
import * as deauthorizeRules from './rules/deauthorize-rules.ts';
import * as hintRules from './rules/hint-rules.ts';
import { judgeStatusReply } from './rules/judge.ts';
import * as payRules from './rules/pay-rules.ts';
import * as resolveRules from './rules/resolve-rules.ts';

/** The column of each status. Statuses with the same rules for every event share one. */
export const columnOf = {
  requested: 'requested',
  checking: 'checking',
  bank_confirming: 'confirming',
  bank_confirmed: 'confirmed',
  paying: 'paying',
  processing: 'processing',
  awaiting_receiver: 'processing',
  approved: 'approved',
  declined: 'failed',
  filtered: 'failed',
  error: 'failed',
  canceled: 'stopped',
  rejected: 'stopped',
  expired: 'stopped',
} as const satisfies Record<Status, string>;

export type Column = (typeof columnOf)[Status];

/** Every rule by its name: what the rule does, or what it records as having happened. */
export const rules = {
  ...checkRules,
  ...payRules,
  judgeStatusReply,
  ...commandRules,
  ...deauthorizeRules,
  ...resolveRules,
  ...hintRules,
};

export type RuleName = keyof typeof rules;

/** The names of the rules that accept an event of this kind. */
type NameFor<K extends EventKind> = {
  [N in RuleName]: (typeof rules)[N] extends Rule<K> ? N : never;
}[RuleName];

type Cells<K extends EventKind> = readonly [
  requested: NameFor<K>,
  checking: NameFor<K>,
  confirming: NameFor<K>,
  confirmed: NameFor<K>,
  paying: NameFor<K>,
  processing: NameFor<K>,
  approved: NameFor<K>,
  failed: NameFor<K>,
  stopped: NameFor<K>,
];

/** The columns in the order of the cells. */
export const columns = [
  'requested',
  'checking',
  'confirming',
  'confirmed',
  'paying',
  'processing',
  'approved',
  'failed',
  'stopped',
] as const satisfies readonly Column[];

/** One rule for every column. */
const inEvery = <N extends RuleName>(rule: N) =>
  [rule, rule, rule, rule, rule, rule, rule, rule, rule] as const;

// biome-ignore format: three lines for each row: before payout-pay, while paying, at the end.
export const table: { readonly [K in EventKind]: Cells<K> } = {
  // requested, checking, confirming, confirmed
  // paying, processing
  // approved, failed, stopped
  check_intended: [
    'sendFirstCheck', 'repeatCheck', 'checkNotAllowed', 'checkNotAllowed',
    'checkNotAllowed', 'checkNotAllowed',
    'checkNotAllowed', 'checkNotAllowed', 'checkNotAllowed',
  ],
  check_accepted: inEvery('checkAccepted'),
  check_refused: [
    'ignoreLateCheckAnswer', 'checkRefused', 'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer',
    'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer',
    'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer',
  ],
  check_not_sent: [
    'ignoreLateCheckAnswer', 'checkNotSent', 'checkNotSent', 'checkNotSent',
    'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer',
    'ignoreLateCheckAnswer', 'checkNotSent', 'checkNotSent',
  ],
  check_unknown: [
    'checkOutcomeUnknown', 'checkOutcomeUnknown', 'checkOutcomeUnknown', 'checkOutcomeUnknown',
    'ignoreLateCheckAnswer', 'ignoreLateCheckAnswer',
    'ignoreLateCheckAnswer', 'checkOutcomeUnknown', 'checkOutcomeUnknown',
  ],
  pay_intended: [
    'payNotAllowed', 'payNotAllowed', 'payNotAllowed', 'sendFirstPay',
    'repeatPay', 'payNotAllowed',
    'payNotAllowed', 'payNotAllowed', 'payNotAllowed',
  ],
  pay_accepted: [
    'unexpectedPayAnswer', 'unexpectedPayAnswer', 'unexpectedPayAnswer', 'unexpectedPayAnswer',
    'payAccepted', 'payAccepted',
    'payAccepted', 'payAccepted', 'unexpectedPayAnswer',
  ],
  pay_not_sent: [
    'ignoreUnsentPay', 'ignoreUnsentPay', 'ignoreUnsentPay', 'ignoreUnsentPay',
    'payNotSent', 'payNotSent',
    'payNotSent', 'payNotSent', 'ignoreUnsentPay',
  ],
  pay_unknown: [
    'unexpectedPayAnswer', 'unexpectedPayAnswer', 'unexpectedPayAnswer', 'unexpectedPayAnswer',
    'payOutcomeUnknown', 'payOutcomeUnknown',
    'payOutcomeUnknown', 'payOutcomeUnknown', 'unexpectedPayAnswer',
  ],
  status_reported: inEvery('judgeStatusReply'),
  status_refused: [
    'lookupRefused', 'lookupRefused', 'statusRequestRefused', 'statusRequestRefused',
    'statusRequestRefused', 'statusRequestRefused',
    'ignoreRefusalAfterEnd', 'ignoreRefusalAfterEnd', 'ignoreRefusalAfterEnd',
  ],
  status_failed: inEvery('statusRequestFailed'),
  callback_received: inEvery('callbackReceived'),
  receiver_returned: [
    'receiverReturned', 'receiverReturned', 'receiverReturned', 'receiverReturned',
    'receiverReturned', 'receiverReturned',
    'ignoreAfterEnd', 'ignoreAfterEnd', 'ignoreAfterEnd',
  ],
  authorized: [
    'authorize', 'authorize', 'authorize', 'authorize',
    'authorizationNotNeeded', 'authorizationNotNeeded',
    'authorizationNotNeeded', 'authorizationTooLate', 'authorizationTooLate',
  ],
  deauthorized: [
    'deauthorize', 'deauthorize', 'deauthorize', 'deauthorize',
    'deauthorizeWhilePaying', 'deauthorizeTooLate',
    'deauthorizeTooLate', 'deauthorizeTooLate', 'deauthorizeTooLate',
  ],
  canceled: [
    'cancel', 'cancel', 'cancel', 'cancel',
    'keepStopWish', 'keepStopWish',
    'keepStopWish', 'stopTooLate', 'alreadyStopped',
  ],
  rejected: [
    'reject', 'reject', 'reject', 'reject',
    'keepStopWish', 'keepStopWish',
    'keepStopWish', 'stopTooLate', 'alreadyStopped',
  ],
  cashier_reported: [
    'withholdRelease', 'withholdRelease', 'withholdRelease', 'withholdRelease',
    'withholdRepeat', 'compareCashierReport',
    'compareCashierReport', 'compareCashierReport', 'compareCashierReport',
  ],
  resolved: [
    'resolveWithoutOrder', 'resolveWithoutOrder', 'resolveTooEarly', 'resolveTooEarly',
    'resolveOpenPayout', 'resolveOpenPayout',
    'resolveFinalPayout', 'resolveFinalPayout', 'resolveFinalPayout',
  ],
  resolve_proposed: inEvery('noteProposal'),
  resolved_unseen: inEvery('resolveUnseen'),
  check_released: [
    'releaseSecondCheck', 'releaseSecondCheck', 'noCheckToRelease', 'noCheckToRelease',
    'noCheckToRelease', 'noCheckToRelease',
    'noCheckToRelease', 'noCheckToRelease', 'noCheckToRelease',
  ],
  acknowledged: inEvery('acknowledgeAttention'),
  held: [
    'raiseHold', 'raiseHold', 'raiseHold', 'raiseHold',
    'raiseHold', 'raiseHold',
    'ignoreAfterEnd', 'ignoreAfterEnd', 'ignoreAfterEnd',
  ],
  resumed: [
    'resumePayout', 'resumePayout', 'resumePayout', 'resumePayout',
    'resumePayout', 'resumePayout',
    'ignoreAfterEnd', 'ignoreAfterEnd', 'ignoreAfterEnd',
  ],
  notification_parked: inEvery('notificationDeadLettered'),
  notification_delivered: inEvery('notificationDelivered'),
  look_asked: inEvery('pollNow'),
  redelivery_asked: inEvery('redeliveryRequested'),
  time_passed: inEvery('timePassed'),
};

/** The rule that decides an event of this kind in this status. */
export function ruleFor<K extends EventKind>(kind: K, status: Status): Rule<K> {
  const name = table[kind][columns.indexOf(columnOf[status])];
  if (name === undefined) throw new TypeError(`the table has no cell for ${kind} in ${status}`);
  // The type of the row proves it, but TypeScript cannot follow it through the generic index.
  return rules[name] as unknown as Rule<K>;
}
