/**
 * The total table: for every event and every status, the rule that answers. A new status or event
 * does not compile until each of its cells is decided. docs/payout-states.md is generated from it.
 */

import type { Rule } from '../model/decision.ts';
import type { EventKind } from '../model/event.ts';
import type { Status } from '../model/status.ts';
import * as check from './check-rules.ts';
import * as word from './command-rules.ts';
import * as hints from './hint-rules.ts';
import { judge } from './judge.ts';
import * as pay from './pay-rules.ts';
import * as person from './resolve-rules.ts';

/** Statuses that every event treats alike share a column. */
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

const { begin, recheck, barred, taken, refuse, unasked, lost, lookup, late } = check;
const { releaseCheck, keepCheck } = check;
const { send, repay, forbid, accept, unpaid, unsure, answerWithoutPay, idle } = pay;
const { release, again, tooLate, cancel, reject, stopped, moving, ended } = word;
const { withhold, doubt, compare } = word;
const { noOrder, unsolved, resolve, settle, seen } = person;
const { hint, back, look, failed, misled, unheard, hold, unhold, tick, keep } = hints;
const { unheeded, heeded, resend } = hints;

/** Every rule by the name that the table uses for it. */
// biome-ignore format: by the file that each comes from.
export const rules = {
  begin, recheck, barred, taken, refuse, unasked, lost, lookup, late, releaseCheck, keepCheck,
  send, repay, forbid, accept, unpaid, unsure, answerWithoutPay, idle,
  judge,
  release, again, tooLate, cancel, reject, stopped, moving, ended, withhold, doubt, compare,
  noOrder, unsolved, resolve, settle, seen,
  hint, back, look, failed, misled, unheard, hold, unhold, tick, keep, unheeded, heeded, resend,
};

export type RuleName = keyof typeof rules;

/** The names of the rules that can answer an event of this kind. */
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

// biome-ignore format: a table is read by its columns.
export const table: { readonly [K in EventKind]: Cells<K> } = {
  //                  requested   checking    confirming  confirmed  paying     processing approved   failed     stopped
  check_intended:    ['begin',    'recheck',  'barred',   'barred',  'barred',  'barred',  'barred',  'barred',  'barred'],
  check_accepted:    ['taken',    'taken',    'taken',    'taken',   'taken',   'taken',   'taken',   'taken',   'taken'],
  check_refused:     ['late',     'refuse',   'late',     'late',    'late',    'late',    'late',    'late',    'late'],
  check_not_sent:    ['late',     'unasked',  'unasked',  'unasked', 'late',    'late',    'late',    'unasked', 'unasked'],
  check_unknown: ['lost', 'lost', 'lost', 'lost', 'late', 'late', 'late', 'lost', 'lost'],
  pay_intended:      ['forbid',   'forbid',   'forbid',   'send',    'repay',   'forbid',  'forbid',  'forbid',  'forbid'],
  pay_accepted: ['answerWithoutPay', 'answerWithoutPay', 'answerWithoutPay', 'answerWithoutPay', 'accept', 'accept', 'accept', 'accept', 'answerWithoutPay'],
  pay_not_sent:      ['idle',     'idle',     'idle',     'idle',    'unpaid',  'unpaid',  'unpaid',  'unpaid',  'idle'],
  pay_unknown: ['answerWithoutPay', 'answerWithoutPay', 'answerWithoutPay', 'answerWithoutPay', 'unsure', 'unsure', 'unsure', 'unsure', 'answerWithoutPay'],
  status_reported:   ['judge',    'judge',    'judge',    'judge',   'judge',   'judge',   'judge',   'judge',   'judge'],
  status_refused: ['lookup', 'lookup', 'misled', 'misled', 'misled', 'misled', 'unheard', 'unheard', 'unheard'],
  status_failed:     ['failed',   'failed',   'failed',   'failed',  'failed',  'failed',  'failed',  'failed',  'failed'],
  callback_received: ['hint',     'hint',     'hint',     'hint',    'hint',    'hint',    'hint',    'hint',    'hint'],
  receiver_returned: ['back',     'back',     'back',     'back',    'back',    'back',    'keep',    'keep',    'keep'],
  authorized:        ['release',  'release',  'release',  'release', 'again',   'again',   'again',   'tooLate', 'tooLate'],
  canceled:          ['cancel',   'cancel',   'cancel',   'cancel',  'moving',  'moving',  'moving',  'ended',   'stopped'],
  rejected:          ['reject',   'reject',   'reject',   'reject',  'moving',  'moving',  'moving',  'ended',   'stopped'],
  cashier_reported:  ['withhold', 'withhold', 'withhold', 'withhold','doubt',   'compare', 'compare', 'compare', 'compare'],
  resolved: ['noOrder', 'noOrder', 'unsolved', 'unsolved', 'resolve', 'resolve', 'settle', 'settle', 'settle'],
  check_released: ['releaseCheck', 'releaseCheck', 'keepCheck', 'keepCheck', 'keepCheck', 'keepCheck', 'keepCheck', 'keepCheck', 'keepCheck'],
  acknowledged:      ['seen',     'seen',     'seen',     'seen',    'seen',    'seen',    'seen',    'seen',    'seen'],
  held: ['hold', 'hold', 'hold', 'hold', 'hold', 'hold', 'keep', 'keep', 'keep'],
  resumed: ['unhold', 'unhold', 'unhold', 'unhold', 'unhold', 'unhold', 'keep', 'keep', 'keep'],
  notification_parked:    ['unheeded','unheeded', 'unheeded', 'unheeded','unheeded','unheeded','unheeded','unheeded','unheeded'],
  notification_delivered: ['heeded',  'heeded',   'heeded',   'heeded',  'heeded',  'heeded',  'heeded',  'heeded',  'heeded'],
  look_asked:        ['look',     'look',     'look',     'look',    'look',    'look',    'look',    'look',    'look'],
  redelivery_asked:       ['resend',  'resend',   'resend',   'resend',  'resend',  'resend',  'resend',  'resend',  'resend'],
  time_passed:       ['tick',     'tick',     'tick',     'tick',    'tick',    'tick',    'tick',    'tick',    'tick'],
};

/** The rule that answers an event of this kind in this status. */
export function ruleFor<K extends EventKind>(kind: K, status: Status): Rule<K> {
  const name = table[kind][columns.indexOf(columnOf[status])];
  if (name === undefined) throw new TypeError(`the table has no cell for ${kind} in ${status}`);
  // The type of the row already says so; TypeScript cannot follow it through the generic index.
  return rules[name] as unknown as Rule<K>;
}
