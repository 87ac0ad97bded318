/**
 * The SHA-1 `control` checksums: ours on a status request, the gateway's on a callback and on the
 * receiver's return. It covers status and order ids only, never amount, type or error.
 */

import { createHash, timingSafeEqual } from 'node:crypto';

const sha1Hex = (text: string) => createHash('sha1').update(text, 'utf8').digest('hex');

/** payneteasy: v2/status control = sha1(login+client_orderid+orderid+key); no orderid is "". */
export function statusControl(of: {
  login: string;
  clientOrderId: string;
  orderId: string | null;
  controlKey: string;
}): string {
  return sha1Hex(of.login + of.clientOrderId + (of.orderId ?? '') + of.controlKey);
}

/** payneteasy: callback and redirect control = sha1(status+orderid+client_orderid+key). */
export function callbackControl(of: {
  status: string;
  orderId: string;
  clientOrderId: string;
  controlKey: string;
}): string {
  return sha1Hex(of.status + of.orderId + of.clientOrderId + of.controlKey);
}

/** Compares in constant time. Upper-case hex is the same; text of another form never is. */
export function isSameControl(expected: string, received: string): boolean {
  if (!/^[0-9a-fA-F]{40}$/.test(received)) return false;
  return timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(received, 'hex'));
}

/** Raw parameters of a callback or a return, as received. */
export type Parameters = {
  /** The value of a field under its `_` or `-` spelling; null when missing or empty. */
  get(name: string): string | null;
};

export type SignedIds = { status: string; orderId: string; clientOrderId: string };

export type ControlCheck =
  | { kind: 'verified'; ids: SignedIds }
  /** The signature is right, but it is not certain where one field ends and the next begins. */
  | { kind: 'ambiguous' }
  | {
      kind: 'refused';
      reason: 'missing_field' | 'order_ids_disagree' | 'wrong_control' | 'wrong_form';
    };

/**
 * The signed fields are joined with nothing in between, so that a digit could be moved from one to
 * the next under the same checksum. In these forms the join reads in one way only: letters and
 * underscores, then digits, then what begins with neither. All documented values have them.
 */
const STATUS_FORM = /^[A-Za-z_]{1,32}$/;
const ORDER_ID_FORM = /^[1-9][0-9]{0,19}$/;
/** Printable ASCII of the documented length (payneteasy: client_orderid, string 128). */
const CLIENT_ORDER_ID_FORM = /^[A-Za-z][!-~]{0,127}$/;

/**
 * Requires every signed field before hashing, since the hash of empty fields is a valid value too.
 * The third place is documented as client_orderid and as merchant_order: one may be missing, and
 * when both are there they have to be equal. Forms are checked after the checksum, so that a
 * stranger does not learn which values would pass.
 */
export function checkControl(parameters: Parameters, controlKey: string): ControlCheck {
  const status = parameters.get('status');
  const orderId = parameters.get('orderid');
  const named = parameters.get('client_orderid');
  const merchantOrder = parameters.get('merchant_order');
  const control = parameters.get('control');
  const clientOrderId = named ?? merchantOrder;
  if (status === null || orderId === null || clientOrderId === null || control === null) {
    return { kind: 'refused', reason: 'missing_field' };
  }
  if (merchantOrder !== null && merchantOrder !== clientOrderId) {
    return { kind: 'refused', reason: 'order_ids_disagree' };
  }
  const ids = { status, orderId, clientOrderId };
  // guard: signed-callback
  if (!isSameControl(callbackControl({ ...ids, controlKey }), control)) {
    return { kind: 'refused', reason: 'wrong_control' };
  }
  // guard: documented-forms
  if (!STATUS_FORM.test(status) || !ORDER_ID_FORM.test(orderId)) {
    return { kind: 'refused', reason: 'wrong_form' };
  }
  // guard: documented-client-order-id
  return CLIENT_ORDER_ID_FORM.test(clientOrderId)
    ? { kind: 'verified', ids }
    : { kind: 'ambiguous' };
}
