/**
 * The statuses of a payout: the one list from which types, SQL checks and the public contract
 * follow. Internal and public names are the same. The moves between them are decided in
 * payout/table.ts.
 */

export type StatusFacts = {
  final: boolean;
  /**
   * Whether the payout is open and payout-pay has not been sent, so that it can be stopped.
   */
  beforePay: boolean;
  /** Whether money moved to the receiver, as far as this status alone shows. */
  moneyMoved: 'no' | 'unknown' | 'yes';
  /**
   * A payout that stays longer than this in one status is stalled, in milliseconds; null: no limit.
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
 * Every status with its meaning. The limits for `stalled` are durations that an operator would find
 * unusual, not protocol facts.
 */
export const statusFacts = {
  requested: open(true, 5 * MINUTE_MS, 'Stored; payout-check has not been attempted yet.'),
  checking: open(
    true,
    15 * MINUTE_MS,
    'The payout-check intent is stored: the call is in flight, or its outcome is unknown and the ' +
      'order is looked up.',
  ),
  bank_confirming: open(
    true,
    HOUR_MS,
    'The gateway has the order, and its bank has not confirmed it yet.',
  ),
  bank_confirmed: open(
    true,
    null,
    'The bank confirmed: the payout is paid immediately, or waits for its authorization.',
  ),
  paying: open(
    false,
    15 * MINUTE_MS,
    'The payout-pay intent is stored: the call is in flight, or its outcome is unknown and the ' +
      'status is polled.',
  ),
  processing: open(false, HOUR_MS, 'The gateway accepted payout-pay; the result is not known yet.'),
  awaiting_receiver: open(
    false,
    24 * HOUR_MS,
    'As processing, and the receiver has to fill in a form at redirect_url.',
  ),
  approved: ended('yes', 'The gateway reported approved after payout-pay: the receiver is paid.'),
  declined: ended('no', 'The gateway declined the payout, or refused the payout-check as invalid.'),
  filtered: ended('no', 'The fraud control of the gateway or the bank refused the payout.'),
  error: ended('no', 'The gateway reported error, in a stage that is final.'),
  canceled: ended('no', 'Canceled before payout-pay, by the platform or by the cashier.'),
  rejected: ended('no', 'Rejected by the cashier before payout-pay.'),
  expired: ended('no', 'The payout was not authorized before expires_at.'),
} as const satisfies Record<string, StatusFacts>;

export type Status = keyof typeof statusFacts;

export const statuses = Object.keys(statusFacts) as [Status, ...Status[]];

export const isFinal = (status: Status): boolean => statusFacts[status].final;
export const isBeforePay = (status: Status): boolean => statusFacts[status].beforePay;
