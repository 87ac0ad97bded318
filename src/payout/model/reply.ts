/**
 * The gateway's answers in the core's terms, as plain data, so that decisions are tested without a
 * wire. How an answer is read from the wire is decided in payneteasy/reply.ts.
 */

import type { OutboundCause } from '../../lib/outbound/cause.ts';

/** One status reply about one order, parsed but not judged. Absent fields are null. */
export type StatusReply = {
  /**
   * Lower case, as sent: processing, approved, declined, filtered, error, unknown or anything else.
   */
  status: string;
  /** Lower case order-stage. */
  stage: string | null;
  /** The gateway's order id (paynet-order-id). */
  orderId: string | null;
  /** Our client_orderid as the gateway echoes it (merchant-order-id). */
  clientOrderId: string | null;
  /** Decimal text in major units, as sent. */
  amount: string | null;
  currency: string | null;
  redirectTo: string | null;
  processorTxId: string | null;
  transactionType: string | null;
  errorCode: string | null;
  errorMessage: string | null;
};

export type Negative = 'declined' | 'filtered' | 'error';

/** Whether a status says that the receiver is not paid. */
export const isNegative = (status: string): status is Negative =>
  status === 'declined' || status === 'filtered' || status === 'error';

/** Error texts are cut to this length, since they are stored: one this long may be cut. */
export const ERROR_TEXT_CHARS_MAX = 500;

/** Why an answer has no outcome in it. */
export type UnreadCause =
  | OutboundCause
  | 'redirected'
  | 'unreadable'
  /** A field that decides something is there twice, with two values. */
  | 'contradictory'
  | `http_${number}`;

/** Why the outcome of a call is not known. Events carry it as text, for the journal. */
export type GatewayCause =
  | UnreadCause
  | 'unexpected_type'
  | 'other_order'
  | 'no_order_id'
  | 'no_order_ids'
  | 'rejected_with_order'
  | 'error'
  | 'validation_error'
  /** With the gateway's error code. */
  | `error:${string}`
  | `validation_error:${string}`;

/** The outcome of a payout-check call. */
export type CheckVerdict =
  | { kind: 'accepted'; orderId: string; serialNumber: string | null }
  | { kind: 'refused'; code: string | null; message: string | null }
  | { kind: 'turned_away'; httpStatus: number }
  | { kind: 'not_sent'; cause: OutboundCause }
  | { kind: 'unknown'; cause: GatewayCause };

/**
 * The outcome of a payout-pay call. A validation-error is `unknown` on purpose: an earlier attempt
 * may have paid the order.
 */
export type PayVerdict =
  | { kind: 'accepted'; orderId: string | null; serialNumber: string | null }
  | { kind: 'turned_away'; httpStatus: number }
  | { kind: 'not_sent'; cause: OutboundCause }
  | { kind: 'unknown'; cause: GatewayCause };

/** The outcome of a status request. Only `reported` says anything about the money. */
export type StatusVerdict =
  | { kind: 'reported'; reply: StatusReply }
  | { kind: 'refused'; code: string | null; message: string | null }
  | { kind: 'turned_away'; httpStatus: number }
  | { kind: 'failed'; cause: GatewayCause };

/**
 * Transaction types of other events on an order than its payment (payneteasy: the types of the
 * transaction report). They raise an attention item and are never the payout's own result.
 */
const laterEvent = /reversal|chargeback|refund|return|cancel|void|dispute|fraud|retrieval/i;

/** Whether a transaction type, or a callback's type, names a later event on the order. */
export const isLaterEvent = (type: string | null): boolean =>
  type !== null && laterEvent.test(type);

/**
 * The families of order stages that belong to such an event: `reversal_declined` is no decline of
 * the payout. A reply may leave out its transaction type.
 */
const laterStage = /^(reversal|chargeback|refund|cancel|void|dispute)_/i;

/** The transaction type or the stage by which a reply names a later event; null if none does. */
export const laterEventOf = ({
  transactionType,
  stage,
}: Pick<StatusReply, 'transactionType' | 'stage'>): string | null => {
  if (isLaterEvent(transactionType)) return transactionType;
  return stage !== null && laterStage.test(stage) ? stage : null;
};

/** The word that names the later event; null where none does. */
export const laterEventIn = (type: string): string | null =>
  laterEvent.exec(type)?.[0].toLowerCase() ?? null;
