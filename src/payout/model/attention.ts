/**
 * Attention: what a person has to look at, and what that person does about it. Raised and cleared
 * by transitions; it never stops the service from finding out more.
 */

import type { Instant } from '../../lib/clock.ts';
import { isKnownWord, type NewerWord } from '../../lib/newer-word.ts';

/** The most pressing first. */
export const severities = ['urgent', 'normal', 'info'] as const;

type AttentionFacts = {
  severity: (typeof severities)[number];
  message: string;
  /** What a person does about it. */
  action: string;
  /** Whether it goes away by itself once a later event shows that its cause is gone. */
  clears: boolean;
  /** Whether it calls for a person to say what became of the payout. */
  callsForResolve: boolean;
};

const item = (
  severity: AttentionFacts['severity'],
  clears: boolean,
  message: string,
  action: string,
  callsForResolve = false,
): AttentionFacts => ({ severity, message, action, clears, callsForResolve });

/** Every code, in the order in which those of one severity are shown when several are open. */
export const attentionFacts = {
  final_contradicted: item(
    'urgent',
    false,
    'The gateway contradicts the end this payout already has.',
    'Ask the gateway which end is true, then resolve the payout with the evidence.',
  ),
  approved_before_pay: item(
    'urgent',
    false,
    'The gateway says approved although payout-pay was never sent.',
    'Ask the gateway whether and why it paid, then resolve the payout.',
    true,
  ),
  lost_intent: item(
    'urgent',
    false,
    'The gateway answered a command that this payout has no record of: its history was lost.',
    'Look the order up at the gateway, then resolve the payout, or cancel it if nothing was paid.',
    true,
  ),
  order_adopted: item(
    'urgent',
    false,
    'The gateway has an order for this payout that no payout-check on record made.',
    'Compare the order with the payout at the gateway, then resolve the payout.',
    true,
  ),
  other_gateway: item(
    'urgent',
    true,
    'This payout belongs to another gateway, endpoint or login than the one configured.',
    'Restore the configuration, declare that the new gateway continues it, or cancel the payout.',
  ),
  payment_not_on_record: item(
    'urgent',
    false,
    'The gateway is paying this payout, and no payout-pay is on record: it was lost.',
    'Compare the order at the gateway, then resolve the payout.',
    true,
  ),
  second_order: item(
    'urgent',
    false,
    'The gateway shows a second order for this payout.',
    'Ask the gateway to void the order we did not bind; never pay it.',
  ),
  amount_mismatch: item(
    'urgent',
    true,
    'The gateway shows another amount or currency than the payout has.',
    'Compare both figures with the gateway before anything is released.',
  ),
  pay_outcome_unknown: item(
    'urgent',
    true,
    'Whether payout-pay arrived is not known, and it may not be sent again by itself.',
    'Look the order up at the gateway, then resolve the payout.',
    true,
  ),
  paid_elsewhere: item(
    'normal',
    true,
    'The cashier reports this payout as paid, but payout-pay was never sent.',
    'Cancel the payout if it was paid by other means, or authorize it anew to pay it here.',
  ),
  cashier_contradicts: item(
    'normal',
    false,
    'The cashier reports a change that contradicts what is known of this payout.',
    'Correct the record in the cashier, or find out at the gateway what is true.',
  ),
  cashier_contradicts_payment: item(
    'urgent',
    false,
    'The cashier contradicts whether the money of this payout moved.',
    'Correct the record in the cashier before balances are settled by it.',
  ),
  later_event: item(
    'urgent',
    false,
    'The gateway reports a later event on this order, such as a reversal or a chargeback.',
    'Book the later event; the payout itself keeps its end.',
  ),
  later_event_reported: item(
    'normal',
    false,
    'A callback reports a later event, or another order, which no status reply has confirmed.',
    'Look the order up at the gateway; book the event if it is true.',
  ),
  gateway_error: item(
    'urgent',
    true,
    'The gateway reports an error whose result is unknown.',
    'Ask the account manager of the gateway for the result, then resolve the payout.',
    true,
  ),
  check_outcome_unknown: item(
    'normal',
    true,
    'The gateway keeps answering that it does not know this order.',
    'Look the order up at the gateway; if there is none, release a second check or resolve it.',
  ),
  needs_new_authorization: item(
    'normal',
    true,
    'This payout is from before a restore: a command to stop it may be among what was lost.',
    'Authorize it over HTTP to pay it, or cancel it.',
  ),
  check_too_old: item(
    'normal',
    true,
    'The bank confirmed this payout longer ago than we rely on.',
    'Authorize it again to pay it on the old confirmation, or cancel it.',
  ),
  unlisted_answer: item(
    'normal',
    true,
    'The gateway keeps answering with a status or stage that is not known here.',
    'Ask the gateway what it means, then resolve the payout if it is an end.',
    true,
  ),
  slow: item(
    'normal',
    true,
    'The gateway has not come to an end for more than an hour.',
    'Ask the gateway what it is waiting for.',
    true,
  ),
  not_sent: item(
    'normal',
    true,
    'The command could not be handed to the gateway several times in a row.',
    'Check the network and the credentials towards the gateway.',
  ),
  clock_skew: item(
    'urgent',
    true,
    'The gateway refuses our credentials, and its clock and ours are more than a minute apart.',
    'Set the clock of this machine by a time server: signatures carry the time.',
  ),
  access_refused: item(
    'normal',
    true,
    'The gateway refuses our credentials, or turns our requests away.',
    'Check login, keys and the clock of this machine against the gateway.',
  ),
  checks_paused: item(
    'urgent',
    true,
    'The gateway refused many new payouts in a row, so this one waits before it is sent.',
    'Find the cause in what the refused payouts say, mend it, then resume payments.',
  ),
  notification_parked: item(
    'normal',
    false,
    'A letter to the platform is parked: it was refused, or not answered for three days.',
    'Find out at the platform why, then redeliver the notifications of this payout.',
  ),
  paused: item(
    'info',
    true,
    'Payments are paused, and this payout is ready to be paid.',
    'Resume payments when the reason is gone; after lost history, end the epoch: after-restore.',
  ),
} as const satisfies Record<string, AttentionFacts>;

export type AttentionCode = keyof typeof attentionFacts;

/** What a call that got through shows to be over. */
export const accessCodes = ['clock_skew', 'access_refused'] as const satisfies AttentionCode[];

export const attentionCodes = Object.keys(attentionFacts) as [AttentionCode, ...AttentionCode[]];

/**
 * What is said of a code that a newer version has raised. Urgent, since it may be: a needless look
 * costs less than one that comes too late. It never clears here: only the version that raised it
 * knows when its cause is gone.
 */
const newerFacts: AttentionFacts = item(
  'urgent',
  false,
  'A newer version of this service has raised this item, and this version does not know it.',
  'Look the code up in the documentation of the newer version.',
);

/** The facts of any code that a row may have: the one place that looks them up. */
export const factsOfAttention = (code: Attention['code']): AttentionFacts =>
  isKnownWord(attentionCodes, code) ? attentionFacts[code] : newerFacts;

/**
 * Whether a newer version has raised something. It may be what holds the payment there, so nothing
 * is paid beside it: the replicas of that version pay, and waiting is better than paying twice.
 */
export const hasNewerAttention = ({ attention }: WithAttention): boolean =>
  attention.some(({ code }) => !isKnownWord(attentionCodes, code));

export type Attention = {
  code: AttentionCode | NewerWord;
  since: Instant;
  /** Figures that belong to this one, such as both amounts; never receiver data. */
  detail: string | null;
  acknowledgedBy: string | null;
};

type WithAttention = { attention: readonly Attention[] };

/**
 * Opens an item. A condition that is open already stays as it is; a fact that never clears is shown
 * anew, also to whoever has seen the last one, when it comes with other figures.
 */
export function raise<T extends WithAttention>(
  payout: T,
  code: AttentionCode,
  now: Instant,
  detail: string | null = null,
): T {
  const open = payout.attention.find((entry) => entry.code === code);
  const isNews = open !== undefined && !attentionFacts[code].clears && open.detail !== detail;
  if (open !== undefined && !isNews) return payout;
  const entry: Attention = { code, since: now, detail, acknowledgedBy: null };
  return { ...payout, attention: [...payout.attention.filter((a) => a !== open), entry] };
}

/** Closes the items of these codes. */
export function clear<T extends WithAttention>(payout: T, ...codes: AttentionCode[]): T {
  const isCleared = ({ code }: Attention): boolean => isKnownWord(codes, code);
  if (!payout.attention.some(isCleared)) return payout;
  return { ...payout, attention: payout.attention.filter((entry) => !isCleared(entry)) };
}

/** Closes what an end settles: every item that clears by itself, but those to keep. */
export function clearSettled<T extends WithAttention>(payout: T, ...keep: AttentionCode[]): T {
  const settled = attentionCodes.filter((code) => attentionFacts[code].clears);
  return clear(payout, ...settled.filter((code) => !keep.includes(code)));
}

/**
 * The one item that is shown: the unacknowledged before the others, then the more severe, then by
 * the order of the list, behind which come the codes of a newer version.
 */
export function foremost(attention: readonly Attention[]): Attention | null {
  const count = attentionCodes.length + 1;
  const placeOf = (code: Attention['code']): number =>
    isKnownWord(attentionCodes, code) ? attentionCodes.indexOf(code) : attentionCodes.length;
  const rank = ({ code, acknowledgedBy }: Attention): number =>
    (acknowledgedBy === null ? 0 : severities.length * count) +
    severities.indexOf(factsOfAttention(code).severity) * count +
    placeOf(code);
  return attention.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}
