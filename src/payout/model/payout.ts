/**
 * What a payout is to the core: the facts that a decision needs, and what holds for every payout.
 * What decisions leave on it besides the facts is in tracking.ts; which event changes what is
 * decided in payout/table.ts.
 *
 * Terms. Order: the gateway's record of a payout. Reply: the gateway's answer to a status request.
 * Attempt: one payout-check or payout-pay that may have reached the gateway. Intent: the stored
 * decision to make an attempt, committed before its first byte. Hint: a message from outside (a
 * callback, a returning receiver) that causes a poll and decides nothing.
 */

import { assert } from '../../lib/assert.ts';
import type { Instant } from '../../lib/clock.ts';
import type { NewerWord } from '../../lib/newer-word.ts';
import type { Attention } from './attention.ts';
import { CHECK_ATTEMPTS_MAX, PAY_ATTEMPTS_MAX } from './limits.ts';
import type { Money } from './money.ts';
import { isPayingStage } from './stage.ts';
import { isBeforePay, isFinal, type Status, statusFacts } from './status.ts';
import type { Attempts, Tracking } from './tracking.ts';

export const releases = ['automatic', 'on_authorization'] as const;
export type Release = (typeof releases)[number];

export const reasonSources = ['gateway', 'operator', 'platform', 'cashier', 'expiry'] as const;

export const moneyMovedWords = ['yes', 'no', 'unknown'] as const;

export type Reason = {
  source: (typeof reasonSources)[number] | NewerWord;
  code: string | null;
  message: string | null;
};

export type Payout = {
  id: string;
  reference: string;
  endpoint: string;
  money: Money;
  release: Release;
  /** The epoch in which it was created. */
  epoch: number;
  /** Our id of the order at the gateway (client_orderid), stored at create and never changed. */
  clientOrderId: string;
  createdAt: Instant;
  /** Grows by one with every change that a client can see. */
  version: number;
  status: Status;
  statusSince: Instant;
  moneyMoved: (typeof moneyMovedWords)[number];
  reason: Reason | null;
  finalizedAt: Instant | null;
  gateway: {
    /**
     * The gateway that the payout belongs to. Null in a row from before identities were stored: the
     * payout belongs to the legacy identity until a status reply names its order.
     */
    identity: string | null;
    orderId: string | null;
    /** The amount that the gateway last showed, as sent: it may differ from the ordered one. */
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
     * The cashier reported that it was paid by other means, or its authorization was taken back:
     * only a new authorization over HTTP releases it.
     */
    withheld: boolean;
  };
  attention: readonly Attention[];
  tracking: Tracking;
};

const noAttempts: Attempts = {
  open: null,
  made: 0,
  closedIds: [],
  endedAt: null,
  finishedAt: null,
  notSentInARow: 0,
};

/** The facts of a payout that exist when it is created. */
export type NewFacts = Pick<
  Payout,
  'id' | 'reference' | 'endpoint' | 'money' | 'release' | 'epoch' | 'clientOrderId'
> & { gatewayIdentity: string | null };

/** A payout as it is created: no poll, no command, due immediately. */
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
    tracking: {
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
      streak: null,
      approvedBeforePay: false,
      adopted: false,
      answeredLostIntent: false,
      stopWish: null,
      deauthorizeWish: false,
      authorizedEpoch: null,
      // After a loss its reference may have been used before, which the gateway has to deny.
      verifiedEpoch: 1,
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

/** The same payout in another status, with everything that follows from the status alone. */
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

/**
 * Whether the gateway may have an order for this payout, so that polls make sense. Such an order
 * may also be known from a callback, or from an answer to a command that is not on record.
 */
export const mayHaveOrder = ({ gateway, tracking }: Payout): boolean =>
  gateway.orderId !== null ||
  tracking.check.made > 0 ||
  tracking.namedOrderId !== null ||
  tracking.answeredLostIntent;

/**
 * Whether the gateway has shown a payment of the order, by its stage or by a later event, which
 * follows a payment. Before payout-pay such a payment is not on record.
 */
export const isShownPaid = ({ gateway, attention }: Payout): boolean =>
  isPayingStage(gateway.stage) || attention.some(({ code }) => code === 'later_event');

/** The invariants of every payout, checked before it is written and after it is read. */
export function assertPayout(payout: Payout): void {
  const { status, tracking } = payout;
  assert(isFinal(status) === (payout.finalizedAt !== null), `${payout.id}: final without a time`);
  if (isBeforePay(status)) {
    assert(tracking.pay.open === null, `${payout.id}: ${status} with an open pay intent`);
    assert(payout.moneyMoved === 'no', `${payout.id}: ${status} with money moved`);
  }
  if (status === 'approved')
    assert(
      payout.gateway.orderId !== null || payout.reason !== null,
      `${payout.id}: approved without an order and without an operator's finding`,
    );
  if (status === 'paying') assert(tracking.pay.made > 0, `${payout.id}: paying without an attempt`);
  if (tracking.pay.open !== null) {
    assert(payout.gateway.orderId !== null, `${payout.id}: a pay intent without an order`);
  }
  if (status === 'canceled' || status === 'rejected' || status === 'expired') {
    // The operator may have found that a payout-pay, after a stop wish, did not happen.
    const isFound = tracking.stopWish !== null && status === tracking.stopWish.status;
    // guard: no-stop-after-pay
    assert(tracking.pay.made === 0 || isFound, `${payout.id}: ${status} after payout-pay`);
  }
  const { check, pay } = tracking;
  assert(
    pay.made >= 0 &&
      // guard: pay-attempts
      pay.made <= PAY_ATTEMPTS_MAX &&
      check.made >= 0 &&
      check.made <= CHECK_ATTEMPTS_MAX,
    `${payout.id}: ${check.made} attempts of payout-check, ${pay.made} of payout-pay`,
  );
  assert(payout.version >= 1, `${payout.id}: version below 1`);
}
