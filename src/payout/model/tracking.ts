/**
 * What decisions leave behind on a payout: its attempts, the replies that were applied, and what
 * they add up to. It is read and written whole; a new member has to be readable as missing.
 */

import type { Instant } from '../../lib/clock.ts';

/**
 * A stored decision to send one command; open until its outcome is closed or its deadline passed.
 */
export type Intent = {
  id: string;
  at: Instant;
  /** Not a byte leaves after this moment: the lease may be somebody else's by then. */
  sendBefore: Instant;
};

export type Attempts = {
  open: Intent | null;
  /** How many may have reached the gateway; those certainly not sent are taken off again. */
  made: number;
  /** The intents that were closed, the newest last: any other one that is answered was lost. */
  closedIds: readonly string[];
  /**
   * When the last closed attempt ended, also one that never left; replies asked before decide
   * nothing.
   */
  endedAt: Instant | null;
  /** When the last attempt can no longer act: its answer, or send_before plus the total timeout. */
  settledAt: Instant | null;
  /** Attempts in a row that certainly did not happen: never left, or turned away. */
  notSentInARow: number;
};

/**
 * How often a reply was applied, a payout-pay ended, an authorization was given. A status request
 * carries them as they were when it was made, and its reply decides only if none has grown: what
 * came before what is never a comparison of two machines' clocks.
 */
export type Sequence = { reply: number; attempt: number; authorization: number };

/** The last status reply that was applied. */
export type AppliedReply = {
  /** When it was requested, by the database's clock. */
  askedAt: Instant;
  /** The sequence that its request carried. */
  asOf: Sequence;
  /** The epoch in which it was applied. */
  epoch: number;
  status: string;
  /** Whether it says that payout-pay may be sent: validated, processing, our ids, our money. */
  validated: boolean;
};

/** A command to stop that was refused because the money may be moving; the first one counts. */
export type StopWish = {
  status: 'canceled' | 'rejected';
  source: 'platform' | 'cashier';
  by: string;
};

/** How often, and since when, fresh replies have been saying the same. */
export type Streak = { key: string; since: Instant; until: Instant; count: number };

/**
 * Refused lookups in a row, and when a known order of the same gateway was answered well since the
 * first of them; null where none was.
 */
export type LookupStreak = Streak & { knownAnsweredAt: Instant | null };

/** The payout-checks of a payout. */
export type CheckAttempts = Attempts & {
  /**
   * When the first payout-check that may have made the order was intended: the age of the bank's
   * word.
   */
  begunAt: Instant | null;
  /** Lookups by client_orderid that were refused, since the last attempt ended. */
  refusedLookups: LookupStreak | null;
  /** What a payout-check was refused with that has to be looked up before it decides. */
  refusedWith: { code: string | null; message: string | null } | null;
  /** A person let a second payout-check go, where no known order can show that lookups work. */
  released: boolean;
};

export type Tracking = {
  check: CheckAttempts;
  pay: Attempts;
  sequence: Sequence;
  reply: AppliedReply | null;
  equal: Streak | null;
  approvedBeforePay: boolean;
  /** The order was found by a lookup, and no intent of ours for it is on record. Never paid. */
  adopted: boolean;
  /** The gateway answered a command whose intent the row does not have: its history is lost. */
  answeredLostIntent: boolean;
  stopWish: StopWish | null;
  /** The epoch of the last authorization. */
  authorizedEpoch: number | null;
  /** The epoch in which the gateway last said what became of the payout, or that it has none. */
  verifiedEpoch: number;
  /** The order that a callback named while none was bound. */
  namedOrderId: string | null;
  secondOrderId: string | null;
  /** Start of the five minutes of frequent asking: a command, a hint, an authorization. */
  touchedAt: Instant;
  /** Whether the touch was a hint or an authorization that no answer has followed yet. */
  askAtOnce: boolean;
  /** Status requests since touchedAt; a hint starts behind the early ones. */
  asks: number;
  /** Status requests in a row that brought no reply that may decide anything. */
  failedAsks: number;
  /** Callbacks and returns that brought a status request forward, and when the last one did. */
  hints: number;
  hintedAt: Instant;
  /** The letters told so far, in order; each is told once. */
  lettersSent: string;
};
