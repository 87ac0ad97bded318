/**
 * Every limit of the money rules, with its reason. An installation sets the values of {@link
 * Policy}; the others are fixed, because a wrong value pays twice or abandons a payout. The
 * variables that set them are in config/variables.ts.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A command leaves within this time after its committed intent, or not at all. Shorter than the
 * lease of 6 s.
 */
export const SEND_BEFORE_MS = 5 * SECOND_MS;

/** The total time of one gateway call (30 s in the newest official client of the gateway). */
export const CALL_TIMEOUT_MS = 30 * SECOND_MS;

/** payout-pay relies on a status reply that was requested at most this long ago. */
export const FRESH_REPLY_MS = 10 * SECOND_MS;

/**
 * An older confirmation needs a new authorization: how long the bank's confirmation stays valid is
 * not documented.
 */
export const CHECK_RELIED_ON_MS = 72 * HOUR_MS;

/**
 * Equal fresh replies before payout-pay may be repeated. One or two may come from a stale replica
 * of the gateway.
 */
export const REPEAT_REPLIES_MIN = 3;

/** Attempts of payout-pay that may reach the gateway; after one repeat the operator decides. */
export const PAY_ATTEMPTS_MAX = 2;
export const CHECK_ATTEMPTS_MAX = 2;

/** Refused lookups by client_orderid before we conclude that the gateway has no order. */
export const REFUSED_LOOKUPS_MIN = 5;

/** A payout created longer ago than this is looked up before its first payout-check. */
export const LOOKUP_FREE_MS = MINUTE_MS;

/**
 * For this long a refused lookup allows a first payout-check. It exceeds the wait of a payout at a
 * breaker; otherwise the payout would be looked up indefinitely and never sent.
 */
export const LOOKUP_RELIED_ON_MS = 20 * MINUTE_MS;

/**
 * After an authorization was taken back the payout stays open to a new one for at least this long:
 * where the time for the first one is over, it would otherwise expire in the same second.
 */
export const REAUTHORIZABLE_FOR_MS = DAY_MS;

/** Closed intents kept on a payout: they distinguish a late answer from one to a lost intent. */
export const CLOSED_INTENTS_KEPT = 8;

/** After this long without a final status the operator may resolve a payout as not paid. */
export const NOT_PAID_AFTER_MS = HOUR_MS;

/**
 * A payout may be resolved without the gateway only after so long without a report on its order: an
 * outage is no end.
 */
export const UNSEEN_AFTER_MS = DAY_MS;

/** How often it is checked whether a payout's gateway is configured again, or its row restored. */
export const HELD_MS = HOUR_MS;

/** Commands in a row that never left before the attention item `not_sent` is raised. */
export const NOT_SENT_SHOWN_AFTER = 5;

/** A negative status in an unfinished stage is accepted after equal replies over this time. */
export const NEGATIVE_BELIEVED_AFTER_MS = 10 * MINUTE_MS;

/** After this time a status or stage that is not listed raises `unlisted_answer`. */
export const UNLISTED_SHOWN_AFTER_MS = 10 * MINUTE_MS;

/** The gateway documents frequent polls for five minutes, and rare polls up to an hour. */
export const FREQUENT_FOR_MS = 5 * MINUTE_MS;
const RARE_FOR_MS = HOUR_MS;
/** A payout that makes no progress for this long raises `slow`. */
export const SLOW_AFTER_MS = HOUR_MS;
const HOURLY_FOR_MS = 14 * DAY_MS;
/** Also the wait of a payout that only needs an authorization. */
export const HOURLY_MS = HOUR_MS;
export const DAILY_MS = DAY_MS;

/** The first polls after a command: they notice a bank that answers immediately. */
export const EARLY_POLLS_MS = [250, 1000, 2000] as const;

/** A final payout is polled while the gateway retries callbacks (14 days), and one day more. */
const WATCHED_HOURLY_FOR_MS = DAY_MS;
export const WATCHED_FOR_MS = 15 * DAY_MS;

/**
 * Waits before the retry of a command that never left. The endpoint's own back-off is added.
 */
export const NOT_SENT_BACKOFF_MS = [500, 1000, 2000, 5000, 15_000, 60_000] as const;

/**
 * Bounds of the wait of a payout that is held because its endpoint refused many. It waits as long
 * as it has waited so far, within these bounds: thousands of waiting payouts cost little, and a
 * fixed endpoint is noticed soon.
 */
export const CHECKS_PAUSED_MIN_MS = 30 * SECOND_MS;
export const CHECKS_PAUSED_MAX_MS = 10 * MINUTE_MS;

/** The values that an installation may set. */
export type Policy = {
  payRepeat: boolean;
  /** The quiet periods of payout-pay, and of payout-check, which moves no money. */
  repeatQuietMs: number;
  checkQuietMs: number;
  orderNotFoundCodes: readonly string[];
  errorMeansDeclined: boolean;
  pollMinMs: number;
  pollMaxMs: number;
};

/** What holds where an installation sets nothing. */
export const defaultPolicy: Policy = {
  payRepeat: false,
  repeatQuietMs: 10 * MINUTE_MS,
  checkQuietMs: MINUTE_MS,
  orderNotFoundCodes: [],
  errorMeansDeclined: false,
  pollMinMs: 3 * SECOND_MS,
  pollMaxMs: 5 * SECOND_MS,
};

/** A step of the poll schedule: until this time, the wait is chosen at random between two times. */
export type PollStep = {
  untilMs: number;
  waitMs: (policy: Policy) => readonly [min: number, max: number];
};

const always =
  (minMs: number, maxMs = minMs): PollStep['waitMs'] =>
  () => [minMs, maxMs];

/**
 * The polls of an open payout after the early ones, by the time since the last command or hint.
 * After the last step it is polled daily, without an end.
 */
export const openPolls: readonly PollStep[] = [
  { untilMs: FREQUENT_FOR_MS, waitMs: ({ pollMinMs, pollMaxMs }) => [pollMinMs, pollMaxMs] },
  { untilMs: RARE_FOR_MS, waitMs: always(5 * MINUTE_MS, 10 * MINUTE_MS) },
  { untilMs: HOURLY_FOR_MS, waitMs: always(HOURLY_MS) },
];

/** The polls of a final payout, by the time since it became final. After the last step: none. */
export const finalPolls: readonly PollStep[] = [
  { untilMs: WATCHED_HOURLY_FOR_MS, waitMs: always(HOURLY_MS) },
  { untilMs: WATCHED_FOR_MS, waitMs: always(DAILY_MS) },
];
