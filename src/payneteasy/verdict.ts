/**
 * Decides which verdict of the core (payout/model/reply.ts) an answer to each command is. Pure. It
 * never turns doubt into an outcome: only a certain reply about our order is more than unknown.
 */

import type { OrderIds } from '../flow/gateway/gateway.ts';
import { unreachable } from '../lib/assert.ts';
import type {
  CheckVerdict,
  GatewayCause,
  PayVerdict,
  StatusReply,
  StatusVerdict,
} from '../payout/model/reply.ts';
import type { ReplyFields } from './form.ts';
import { errorTextOf, idOf, type ReadAnswer, type Reply, textOf } from './reply.ts';

/** The verdict on a payout-check sent with this client_orderid. */
export function checkVerdict(answer: ReadAnswer, clientOrderId: string): CheckVerdict {
  switch (answer.kind) {
    case 'not_sent':
    case 'unknown':
    case 'turned_away':
      return answer;
    case 'failed':
      return { kind: 'unknown', cause: errorCause(answer.reply) };
    case 'rejected':
      return checkRejected(answer.reply.fields, clientOrderId);
    case 'replied':
      return checkReplied(answer.reply, clientOrderId);
    default:
      return unreachable(answer);
  }
}

function checkRejected(fields: ReplyFields, clientOrderId: string): CheckVerdict {
  if (namesAnother(fields, clientOrderId)) return { kind: 'unknown', cause: 'other_order' };
  // It names an order, so the gateway may have created one: a poll finds out.
  if (fields.has('paynet-order-id')) return { kind: 'unknown', cause: 'rejected_with_order' };
  return { kind: 'refused', ...errorOf(fields) };
}

function checkReplied({ type, fields }: Reply, clientOrderId: string): CheckVerdict {
  if (type !== 'async-response') return { kind: 'unknown', cause: 'unexpected_type' };
  if (namesAnother(fields, clientOrderId)) return { kind: 'unknown', cause: 'other_order' };
  const orderId = idOf(fields, 'paynet-order-id');
  if (orderId === null) return { kind: 'unknown', cause: 'no_order_id' };
  return { kind: 'accepted', orderId, serialNumber: idOf(fields, 'serial-number') };
}

/**
 * The verdict on a payout-pay. Only an async-response is more than unknown: the order exists and
 * may have been paid by an earlier attempt, so a status reply has to decide.
 */
export function payVerdict(answer: ReadAnswer, ids: OrderIds): PayVerdict {
  switch (answer.kind) {
    case 'not_sent':
    case 'unknown':
    case 'turned_away':
      return answer;
    case 'rejected':
    case 'failed':
      return { kind: 'unknown', cause: errorCause(answer.reply) };
    case 'replied': {
      const { type, fields } = answer.reply;
      if (type !== 'async-response') return { kind: 'unknown', cause: 'unexpected_type' };
      if (isAboutAnother(fields, ids)) return { kind: 'unknown', cause: 'other_order' };
      const orderId = idOf(fields, 'paynet-order-id');
      return { kind: 'accepted', orderId, serialNumber: idOf(fields, 'serial-number') };
    }
    default:
      return unreachable(answer);
  }
}

/** The verdict on a status request about this order. */
export function statusVerdict(answer: ReadAnswer, ids: OrderIds): StatusVerdict {
  switch (answer.kind) {
    case 'not_sent':
    case 'unknown':
      return { kind: 'failed', cause: answer.cause };
    case 'turned_away':
      return answer;
    case 'failed':
      return { kind: 'failed', cause: errorCause(answer.reply) };
    case 'rejected': {
      const { fields } = answer.reply;
      if (isAboutAnother(fields, ids)) return { kind: 'failed', cause: 'other_order' };
      return { kind: 'refused', ...errorOf(fields) };
    }
    case 'replied':
      return statusReplied(answer.reply, ids);
    default:
      return unreachable(answer);
  }
}

function statusReplied({ type, fields }: Reply, ids: OrderIds): StatusVerdict {
  const isStatus = type === 'status-response' || (type === '' && fields.has('status'));
  if (!isStatus) return { kind: 'failed', cause: 'unexpected_type' };
  // guard: status-of-own-order
  if (isAboutAnother(fields, ids)) return { kind: 'failed', cause: 'other_order' };
  const known =
    ids.orderId === null ? ['merchant-order-id'] : ['merchant-order-id', 'paynet-order-id'];
  if (!known.some((name) => fields.has(name))) return { kind: 'failed', cause: 'no_order_ids' };
  return { kind: 'reported', reply: toStatusReply(fields) };
}

function toStatusReply(fields: ReplyFields): StatusReply {
  const text = (name: string) => textOf(fields, name);
  return {
    // payneteasy: the official library reads a status reply without a status as processing.
    status: fields.get('status')?.toLowerCase() ?? 'processing',
    // That status is the library's and not the gateway's, so the stage does not count either:
    // payout-pay needs both from the gateway.
    stage: fields.has('status') ? (fields.get('order-stage')?.toLowerCase() ?? null) : null,
    orderId: idOf(fields, 'paynet-order-id'),
    clientOrderId: fields.get('merchant-order-id') ?? null,
    amount: text('amount'),
    currency: text('currency'),
    redirectTo: webAddress(text('redirect-to')),
    processorTxId: text('processor-tx-id'),
    transactionType: text('transaction-type'),
    errorCode: errorTextOf(fields, 'error-code'),
    errorMessage: errorTextOf(fields, 'error-message'),
  };
}

/** The receiver's browser is sent there, so only http and https are passed on. */
function webAddress(text: string | null): string | null {
  const protocol = text === null ? undefined : URL.parse(text)?.protocol;
  return protocol === 'https:' || protocol === 'http:' ? text : null;
}

function namesAnother(fields: ReplyFields, clientOrderId: string): boolean {
  const named = fields.get('merchant-order-id');
  return named !== undefined && named !== clientOrderId;
}

/**
 * Our own id decides where it is echoed. With it, a different gateway id is passed on: that is a
 * second order, for which the core raises an attention item.
 */
function isAboutAnother(fields: ReplyFields, { clientOrderId, orderId }: OrderIds): boolean {
  if (fields.has('merchant-order-id')) return namesAnother(fields, clientOrderId);
  const given = fields.get('paynet-order-id');
  return given !== undefined && orderId !== null && given !== orderId;
}

function errorOf(fields: ReplyFields): { code: string | null; message: string | null } {
  return { code: errorTextOf(fields, 'error-code'), message: errorTextOf(fields, 'error-message') };
}

/** "validation_error:7"; the code only where it is the whole number it is documented to be. */
function errorCause({ type, fields }: Reply): GatewayCause {
  const word = type === 'error' ? 'error' : 'validation_error';
  const code = fields.get('error-code') ?? '';
  return /^-?\d{1,9}$/.test(code) ? `${word}:${code}` : word;
}
