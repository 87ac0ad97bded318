/**
 * The statuses of a payout: one list, from which types, SQL checks and the public contract follow.
 * Internal and public words are the same.
 */

export type StatusFacts = {
  final: boolean;
  /**
   * Whether payout-pay may already have been sent: what separates "can be stopped" from "cannot".
   */
  beforePay: boolean;
  /** Whether the receiver's money moved, as far as this status alone tells. */
  moneyMoved: 'no' | 'unknown' | 'yes';
  /**
   * A payout longer than this in one status is shown as stalled, in milliseconds; null: no limit.
   */
  stalledAfterMs: number | null;
  meaning: string;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const open = (beforePay: boolean, stalledAfterMs: number | null, meaning: string): StatusFacts => ({
  final: false,
  beforePay,
  moneyMoved: beforePay ? 'no' : 'unknown',
  stalledAfterMs,
  meaning,
});

const ended = (moneyMoved: 'no' | 'yes', meaning: string): StatusFacts => ({
  final: true,
  beforePay: false,
  moneyMoved,
  stalledAfterMs: null,
  meaning,
});

/**
 * Every status with its meaning. The limits for `stalled` are what an operator would find odd, not
 * protocol facts.
 */
export const statusFacts = {
  requested: open(true, 5 * MINUTE_MS, 'Stored; payout-check has not been attempted yet.'),
  checking: open(
    true,
    15 * MINUTE_MS,
    'The payout-check intent is stored: the call is on its way, or its outcome is unknown and ' +
      'being looked up.',
  ),
  bank_confirming: open(
    true,
    HOUR_MS,
    'The gateway has the order and its bank has not confirmed it yet.',
  ),
  bank_confirmed: open(
    true,
    null,
    'The bank confirmed: pays at once, or waits until somebody authorizes the payout.',
  ),
  paying: open(
    false,
    15 * MINUTE_MS,
    'The payout-pay intent is stored: the call is on its way, or its outcome is unknown and ' +
      'being asked about.',
  ),
  processing: open(false, HOUR_MS, 'The gateway took payout-pay; the end is not known yet.'),
  awaiting_receiver: open(
    false,
    24 * HOUR_MS,
    'As processing, and the receiver has to fill in a form at redirect_url.',
  ),
  approved: ended('yes', 'The gateway said approved after payout-pay: the receiver is paid.'),
  declined: ended('no', 'The gateway declined, or refused the payout-check as invalid.'),
  filtered: ended('no', 'The fraud control of the gateway or the bank refused it.'),
  error: ended('no', 'The gateway said error, in a stage that names an end.'),
  canceled: ended('no', 'Canceled before payout-pay, by the platform or by the cashier.'),
  rejected: ended('no', 'Rejected by the cashier before payout-pay.'),
  expired: ended('no', 'Nobody authorized it before expires_at.'),
} as const satisfies Record<string, StatusFacts>;

export type Status = keyof typeof statusFacts;

export const statuses = Object.keys(statusFacts) as [Status, ...Status[]];

export const isFinal = (status: Status): boolean => statusFacts[status].final;
export const isBeforePay = (status: Status): boolean => statusFacts[status].beforePay;
