/**
 * Every limit of the money rules, with its reason. What an installation may set is in {@link
 * Policy}; the rest is fixed, because a wrong value here pays twice or gives up a payout.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A command leaves within this of its committed intent or not at all; shorter than the 6 s lease.
 */
export const SEND_BEFORE_MS = 5 * SECOND_MS;

/** The whole of one gateway call (30 s in the newest official client of the gateway). */
export const CALL_TIMEOUT_MS = 30 * SECOND_MS;

/** payout-pay rests on a status reply asked at most this long ago. */
export const FRESH_REPLY_MS = 10 * SECOND_MS;

/**
 * A confirmation older than this needs a person: nobody documents how long the bank keeps its word.
 */
export const CHECK_RELIED_ON_MS = 72 * HOUR_MS;

/**
 * Equal fresh replies before payout-pay may be repeated; one or two could come from a stale
 * replica.
 */
export const REPEAT_REPLIES_MIN = 3;

/** Attempts of payout-pay that may reach the gateway; after the one repeat a person decides. */
export const PAY_ATTEMPTS_MAX = 2;
export const CHECK_ATTEMPTS_MAX = 2;

/** Refused lookups by client_orderid before the gateway is taken to know no order. */
export const REFUSED_LOOKUPS_MIN = 5;

/** A payout created longer ago than this is looked up before its first payout-check. */
export const LOOKUP_FREE_MS = MINUTE_MS;

/**
 * A refused lookup lets a first payout-check go for this long: longer than a payout waits at a
 * breaker between two looks, or it would be looked up for ever and never sent.
 */
export const LOOKUP_RELIED_ON_MS = 20 * MINUTE_MS;

/** Closed intents that a payout remembers, so that an answer to a lost one is told from them. */
export const CLOSED_INTENTS_KEPT = 8;

/** A person may say that payout-pay did not happen after this long without an end. */
export const NOT_PAID_AFTER_MS = HOUR_MS;

/** Payouts of another gateway are looked at this often, to see whether it is configured again. */
export const OTHER_GATEWAY_MS = HOUR_MS;

/** Commands in a row that never left before somebody is told. */
export const NOT_SENT_TOLD_AFTER = 5;

/** A negative status in a stage that goes on is believed after equal replies over this time. */
export const NEGATIVE_BELIEVED_AFTER_MS = 10 * MINUTE_MS;

/** Unlisted words of the gateway are shown to a person after this. */
export const UNLISTED_TOLD_AFTER_MS = 10 * MINUTE_MS;

/** The gateway documents frequent asking for five minutes, rare asking up to an hour. */
export const FREQUENT_FOR_MS = 5 * MINUTE_MS;
export const RARE_FOR_MS = HOUR_MS;
/** A payout that does not move for this long is shown as `slow`. */
export const SLOW_AFTER_MS = HOUR_MS;
export const RARE_MIN_MS = 5 * MINUTE_MS;
export const RARE_MAX_MS = 10 * MINUTE_MS;
export const HOURLY_MS = HOUR_MS;
export const DAILY_MS = DAY_MS;
export const HOURLY_FOR_MS = 14 * DAY_MS;

/** First status requests after a command: a bank that answers at once is noticed at once. */
export const EARLY_POLLS_MS = [250, 1000, 2000] as const;

/** A final payout is watched as long as callbacks are retried (14 days), and a day more. */
export const WATCHED_HOURLY_FOR_MS = DAY_MS;
export const WATCHED_FOR_MS = 15 * DAY_MS;

/**
 * Waits before a command that never left is tried again; the endpoint's own back-off comes on top.
 */
export const NOT_SENT_BACKOFF_MS = [500, 1000, 2000, 5000, 15_000, 60_000] as const;

/**
 * Looks of a payout that waits because its endpoint refused many: as long as it has waited so far,
 * within these, so that thousands that wait cost little and a mended endpoint is noticed soon.
 */
export const PARKED_MIN_MS = 30 * SECOND_MS;
export const PARKED_MAX_MS = 10 * MINUTE_MS;

/** What an installation may set. */
export type Policy = {
  payRepeat: boolean;
  /** Of payout-pay, and of payout-check, which moves no money. */
  repeatQuietMs: number;
  checkQuietMs: number;
  orderNotFoundCodes: readonly string[];
  errorMeansDeclined: boolean;
  pollMinMs: number;
  pollMaxMs: number;
};
