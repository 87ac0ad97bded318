/**
 * The SHA-1 `control` checksums: verified on status requests, written on callbacks and on the final
 * redirect. This file shares nothing with the service's own checksum code.
 */

import { createHash, timingSafeEqual } from 'node:crypto';

/** payneteasy: lower-case hex SHA-1 over the values joined without separators, the key last. */
export function controlOf(values: readonly string[], controlKey: string): string {
  return createHash('sha1')
    .update(values.join('') + controlKey)
    .digest('hex');
}

/** payneteasy: v2/status control = sha1(login + client_orderid + orderid + key). */
export function isStatusControl(
  request: {
    readonly login: string;
    readonly clientOrderId: string;
    readonly orderId: string;
    readonly control: string;
  },
  controlKey: string,
): boolean {
  const { login, clientOrderId, orderId, control } = request;
  const expected = Buffer.from(controlOf([login, clientOrderId, orderId], controlKey));
  const given = Buffer.from(control);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * payneteasy: callback and final redirect control = sha1(status + orderid + client_orderid + key).
 */
export function outcomeControl(
  order: { readonly status: string; readonly orderId: string; readonly clientOrderId: string },
  controlKey: string,
): string {
  return controlOf([order.status, order.orderId, order.clientOrderId], controlKey);
}
