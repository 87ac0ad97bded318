/**
 * What a payout is, to the core: the facts a decision needs and the memory that decisions leave
 * behind.
 *
 * Glossary. Order: the gateway's record of a payout. Reply: what the gateway answered to a status
 * request. Attempt: one payout-check or payout-pay that may have reached the gateway. Intent: the
 * stored decision to make an attempt, committed before its first byte. Hint: word from outside (a
 * callback, a returning receiver) that makes us ask, and decides nothing.
 */

import { assert } from '../lib/assert.ts';
import type { NewerWord } from '../lib/newer-word.ts';
import type { Attention } from './attention.ts';
import type { Instant } from './instant.ts';
import { CHECK_ATTEMPTS_MAX, PAY_ATTEMPTS_MAX } from './limits.ts';
import type { Money } from './money.ts';
import { isBeforePay, isFinal, type Status, statusFacts } from './status.ts';

export const releases = ['automatic', 'on_authorization'] as const;
export type Release = (typeof releases)[number];

export const reasonSources = ['gateway', 'operator', 'platform', 'cashier', 'expiry'] as const;

export const moneyMovedWords = ['yes', 'no', 'unknown'] as const;

export type Reason = {
  source: (typeof reasonSources)[number] | NewerWord;
  code: string | null;
  message: string | null;
};

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
  /** The intents that were closed, the newest last: an answer to any other one is to a lost intent. */
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
export type EqualRun = { key: string; since: Instant; until: Instant; count: number };

/**
 * Refused lookups in a row, and when a known order of the same gateway was answered well since the
 * first of them; null where none was.
 */
export type LookupRun = EqualRun & { knownAnsweredAt: Instant | null };

export type Memory = {
  check: Attempts & {
    /**
     * When the first payout-check that may have made the order was intended: the age of the bank's
     * word.
     */
    begunAt: Instant | null;
    /** Lookups by client_orderid that were refused, since the last attempt ended. */
    refusedLookups: LookupRun | null;
    /** What a payout-check was refused with that has to be looked up before it decides. */
    refusedWith: { code: string | null; message: string | null } | null;
    /** A person let a second payout-check go, where no known order can show that lookups work. */
    released: boolean;
  };
  pay: Attempts;
  sequence: Sequence;
  reply: AppliedReply | null;
  equal: EqualRun | null;
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

export type Payout = {
  id: string;
  reference: string;
  endpoint: string;
  money: Money;
  release: Release;
  /** The history in which it was created. */
  epoch: number;
  /** Our id of the order at the gateway (client_orderid), stored at create and never changed. */
  clientOrderId: string;
  createdAt: Instant;
  /** Grows by one with every change that a caller can see. */
  version: number;
  status: Status;
  statusSince: Instant;
  moneyMoved: (typeof moneyMovedWords)[number];
  reason: Reason | null;
  finalizedAt: Instant | null;
  gateway: {
    /**
     * The gateway that the payout belongs to. Null: of the legacy identity, for rows from before it
     * was kept, until a status reply names their order.
     */
    identity: string | null;
    orderId: string | null;
    /** What the gateway last showed, as sent: it may differ from what was asked for. */
    amount: string | null;
    currency: string | null;
    stage: string | null;
    processorTxId: string | null;
    redirectUrl: string | null;
  };
  authorization: {
    authorizedAt: Instant | null;
    by: string | null;
    expiresAt: Instant | null;
    /**
     * The cashier says it was paid by other means: only a new authorization over HTTP releases it.
     */
    withheld: boolean;
  };
  attention: readonly Attention[];
  memory: Memory;
};

const noAttempts: Attempts = {
  open: null,
  made: 0,
  closedIds: [],
  endedAt: null,
  settledAt: null,
  notSentInARow: 0,
};

/** What is known of a payout when it is created. */
export type NewFacts = Pick<
  Payout,
  'id' | 'reference' | 'endpoint' | 'money' | 'release' | 'epoch' | 'clientOrderId'
> & { gatewayIdentity: string | null };

/** A payout as it is created: nothing asked, nothing sent, due at once. */
export function newPayout(
  { gatewayIdentity, ...facts }: NewFacts,
  now: Instant,
  authorizationExpiryMs: number,
): Payout {
  return {
    ...facts,
    createdAt: now,
    version: 1,
    status: 'requested',
    statusSince: now,
    moneyMoved: 'no',
    reason: null,
    finalizedAt: null,
    gateway: {
      identity: gatewayIdentity,
      orderId: null,
      amount: null,
      currency: null,
      stage: null,
      processorTxId: null,
      redirectUrl: null,
    },
    authorization: {
      authorizedAt: null,
      by: null,
      expiresAt: facts.release === 'on_authorization' ? now + authorizationExpiryMs : null,
      withheld: false,
    },
    attention: [],
    memory: {
      check: {
        ...noAttempts,
        begunAt: null,
        refusedLookups: null,
        refusedWith: null,
        released: false,
      },
      pay: noAttempts,
      sequence: { reply: 0, attempt: 0, authorization: 0 },
      reply: null,
      equal: null,
      approvedBeforePay: false,
      adopted: false,
      answeredLostIntent: false,
      stopWish: null,
      authorizedEpoch: null,
      verifiedEpoch: facts.epoch,
      namedOrderId: null,
      secondOrderId: null,
      touchedAt: now,
      askAtOnce: false,
      asks: 0,
      failedAsks: 0,
      hints: 0,
      hintedAt: 0,
      lettersSent: '',
    },
  };
}

/** The same payout in another status, with what follows from the status alone. */
export function enter(payout: Payout, status: Status, now: Instant): Payout {
  if (payout.status === status) return payout;
  const final = isFinal(status);
  return {
    ...payout,
    status,
    statusSince: now,
    moneyMoved: statusFacts[status].moneyMoved,
    finalizedAt: final ? now : null,
    gateway:
      status === 'awaiting_receiver' ? payout.gateway : { ...payout.gateway, redirectUrl: null },
  };
}

/** Whether the gateway may hold an order for this payout, so that it is worth asking about. */
export const mayHaveOrder = (payout: Payout): boolean =>
  payout.gateway.orderId !== null || payout.memory.check.made > 0;

/** What holds for every payout, checked before it is written and after it is read. */
export function assertPayout(payout: Payout): void {
  const { status, memory } = payout;
  assert(isFinal(status) === (payout.finalizedAt !== null), `${payout.id}: final without a time`);
  if (isBeforePay(status)) {
    assert(memory.pay.open === null, `${payout.id}: ${status} with an open pay intent`);
    assert(payout.moneyMoved === 'no', `${payout.id}: ${status} with money moved`);
  }
  if (status === 'approved')
    assert(
      payout.gateway.orderId !== null || payout.reason !== null,
      `${payout.id}: approved without an order and without a person's finding`,
    );
  if (status === 'paying') assert(memory.pay.made > 0, `${payout.id}: paying without an attempt`);
  if (memory.pay.open !== null) {
    assert(payout.gateway.orderId !== null, `${payout.id}: a pay intent without an order`);
  }
  if (status === 'canceled' || status === 'rejected' || status === 'expired') {
    // A person may have found that a payout-pay, which we had been told to stop, did not happen.
    const isFound = memory.stopWish !== null && status === memory.stopWish.status;
    assert(memory.pay.made === 0 || isFound, `${payout.id}: ${status} after payout-pay`);
  }
  const { check, pay } = memory;
  assert(
    pay.made >= 0 &&
      pay.made <= PAY_ATTEMPTS_MAX &&
      check.made >= 0 &&
      check.made <= CHECK_ATTEMPTS_MAX,
    `${payout.id}: ${check.made} attempts of payout-check, ${pay.made} of payout-pay`,
  );
  assert(payout.version >= 1, `${payout.id}: version below 1`);
}
