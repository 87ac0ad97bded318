/**
 * The port to a gateway: the calls that the flow makes, and the messages of the gateway that it
 * reads. Types only. src/payneteasy implements it, and src/service/endpoints.ts constructs that.
 * What follows from an answer is decided in src/payout.
 */

import type { Money } from '../../payout/model/money.ts';
import type { Receiver } from '../../payout/model/receiver.ts';
import type { CheckVerdict, PayVerdict, StatusVerdict } from '../../payout/model/reply.ts';

/** For logs and the journal; nothing in it is secret or personal. */
export type CallMeta = {
  durationMs: number;
  httpStatus: number | null;
  serialNumber: string | null;
  /** Whether the answer refuses our credentials, for which a wrong clock is one reason. */
  accessRefused: boolean;
  /** The gateway's clock as the gateway sent it; a wrong clock of ours shows by it. */
  dateHeader: string | null;
  /** How long the gateway asks us to wait; null where it does not. */
  retryAfterMs: number | null;
};

export type Called<Verdict> = { verdict: Verdict; meta: CallMeta };

/** A call that is ready to be sent once its intent is committed. */
export type PreparedCall<Verdict> = {
  /** 64 hexadecimal characters that identify the command and its body. */
  requestHash: string;
  /** Calls `mayStillSend` just before the first byte; false makes the verdict `not_sent`. */
  send(mayStillSend: () => boolean): Promise<Called<Verdict>>;
};

/** The order that a call is about; the gateway's id is null while it is not known. */
export type OrderIds = { clientOrderId: string; orderId: string | null };

/** What payout-check asks the gateway to prepare. */
export type PayoutOrder = {
  clientOrderId: string;
  money: Money;
  orderDesc?: string | undefined;
  purpose?: string | undefined;
  /** Where the gateway sends callbacks about this order. */
  callbackUrl: string;
  /** Where the gateway sends the receiver's browser after a form. */
  redirectUrl?: string | undefined;
  receiver: Receiver;
};

/** Where the parameters arrived; a POST body wins over the query when both carry some. */
export type Received = { query: URLSearchParams; body: URLSearchParams | null };

/** The signed part of a callback or of a return. */
export type SignedStatus = {
  /** Lower case. */
  status: string;
  orderId: string;
  clientOrderId: string;
};

export type Callback = SignedStatus & {
  /** Not signed: a short word in lower case; null where it is absent or not such a word. */
  type: string | null;
  /** Not signed: whether the type names a later event on the order. */
  later: boolean;
};

/** Why a callback or a return was not accepted; for logs. */
export type RefusalReason =
  | 'missing_field'
  | 'order_ids_disagree'
  | 'wrong_control'
  | 'wrong_form'
  | 'repeated_parameter'
  | 'too_many_parameters'
  | 'too_long';

/**
 * `ambiguous`: the signature is right, but the order's client_orderid is certainly not ours. It
 * is not known which order is meant, so nothing of the message is kept.
 */
type NotVerified = { kind: 'ambiguous' } | { kind: 'refused'; reason: RefusalReason };

export type VerifiedCallback = { kind: 'verified'; callback: Callback } | NotVerified;

export type VerifiedReturn = { kind: 'verified'; return: SignedStatus } | NotVerified;

/** One endpoint of a gateway, with its credentials. */
export type Gateway = {
  preparePayoutCheck(order: PayoutOrder): PreparedCall<CheckVerdict>;
  preparePayoutPay(ids: { clientOrderId: string; orderId: string }): PreparedCall<PayVerdict>;
  status(ids: OrderIds): Promise<Called<StatusVerdict>>;
  /** Verifies a callback that came for this endpoint. */
  readCallback(received: Received): VerifiedCallback;
  /** Verifies the parameters with which the receiver's browser returns. */
  readReturn(received: Received): VerifiedReturn;
};
