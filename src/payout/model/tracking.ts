/**
 * Tracking: what decisions leave on a payout besides its facts, such as attempts, polls, the last
 * reply and the sequence. The column `memory` stores it whole, so a row without a new member has
 * to stay readable. How it changes is decided in payout/policy/attempts-and-polls.ts.
 */

import type { Instant } from '../../lib/clock.ts';

/**
 * A stored decision to send one command; open until its outcome is recorded.
 */
export type Intent = {
  id: string;
  at: Instant;
  /** No byte leaves after this moment: another replica may hold the lease by then. */
  sendBefore: Instant;
};

export type Attempts = {
  open: Intent | null;
  /** How many may have reached the gateway; one that was certainly not sent is subtracted. */
  made: number;
  /** The closed intents, the newest last. An answer to any other intent shows that it was lost. */
  closedIds: readonly string[];
  /**
   * When the last closed attempt ended, also one that never left. Replies requested before decide
   * nothing.
   */
  endedAt: Instant | null;
  /** When the last attempt is finished: at its answer, or at send_before plus the total timeout. */
  finishedAt: Instant | null;
  /** Attempts in a row that certainly did not happen: never left, or rejected before any effect. */
  notSentInARow: number;
};

/**
 * How often a reply was applied, a payout-pay ended, an authorization was given. A status request
 * carries the numbers of its time, and its reply decides only if none has grown. The order of
 * events therefore never depends on the clocks of two machines.
 */
export type Sequence = { reply: number; attempt: number; authorization: number };

/** The last status reply that was applied. */
export type AppliedReply = {
  /** When it was requested, by the database's clock. */
  requestedAt: Instant;
  /** The sequence that its request carried. */
  asOf: Sequence;
  /** The epoch in which it was applied. */
  epoch: number;
  status: string;
  /** Whether it allows payout-pay: processing, validated, our ids, our amount and currency. */
  validated: boolean;
};

/** A command to stop that was refused because the money may be moving; the first one counts. */
export type StopWish = {
  status: 'canceled' | 'rejected';
  source: 'platform' | 'cashier';
  by: string;
};

/** Equal fresh replies in a row: how many, and over which time. */
export type Streak = { key: string; since: Instant; until: Instant; count: number };

/**
 * Refused lookups in a row, and when the gateway answered a poll of a known order since the first
 * of them; null if it answered none.
 */
export type LookupStreak = Streak & { knownAnsweredAt: Instant | null };

/** The payout-checks of a payout. */
export type CheckAttempts = Attempts & {
  /**
   * The intent time of the first payout-check that may have created the order: the age of the
   * bank's confirmation.
   */
  begunAt: Instant | null;
  /** Lookups by client_orderid that were refused, since the last attempt ended. */
  refusedLookups: LookupStreak | null;
  /** The refusal of a payout-check that decides only after a lookup. */
  refusedWith: { code: string | null; message: string | null } | null;
  /** The operator released a second payout-check: no known order could show that lookups work. */
  released: boolean;
};

export type Tracking = {
  check: CheckAttempts;
  pay: Attempts;
  sequence: Sequence;
  reply: AppliedReply | null;
  streak: Streak | null;
  approvedBeforePay: boolean;
  /** A lookup found the order, and no intent of ours for it is on record. It is never paid. */
  adopted: boolean;
  /** The gateway answered a command whose intent the row does not have: history was lost. */
  answeredLostIntent: boolean;
  stopWish: StopWish | null;
  /** A command to take the authorization back was refused, because the money may be moving. */
  deauthorizeWish: boolean;
  /** The epoch of the last authorization. */
  authorizedEpoch: number | null;
  /** The epoch in which the gateway last reported the payout's order, or that it has none. */
  verifiedEpoch: number;
  /** The order that a callback named while no order was bound. */
  namedOrderId: string | null;
  secondOrderId: string | null;
  /** Start of the five minutes of frequent polls: a command, a hint or an authorization. */
  touchedAt: Instant;
  /** Whether a hint or an authorization still waits for its poll. */
  askAtOnce: boolean;
  /** Status requests since touchedAt; after a hint the early polls count as made. */
  asks: number;
  /** Status requests in a row without a reply that may decide. */
  failedAsks: number;
  /** Hints that brought a status request forward, and the time of the last one. */
  hints: number;
  hintedAt: Instant;
  /** The letters that the platform was notified of so far, in order; each of them once. */
  lettersSent: string;
};
