/**
 * The stored orders of the bank, found by their own id, by the merchant's id, and by their form. A
 * full book forgets its oldest order.
 */

import { randomBytes } from 'node:crypto';
import type { Order } from './order.ts';

/**
 * About 200 MB of orders; beyond it the oldest is forgotten, since a long soak run never requests
 * it.
 */
const ORDERS_MAX = 200_000;

const FORM_TOKEN_BYTES = 16;

export type OrderBook = ReturnType<typeof createOrderBook>;

export function createOrderBook() {
  const orders = new Map<string, Order>();
  const newestByClient = new Map<string, Order>();
  const byFormToken = new Map<string, Order>();

  function forgetOldest(): void {
    const [oldest] = orders.values();
    if (oldest === undefined) return;
    orders.delete(oldest.orderId);
    const key = clientKey(oldest.login, oldest.clientOrderId);
    if (newestByClient.get(key) === oldest) newestByClient.delete(key);
    if (oldest.form !== null) byFormToken.delete(oldest.form.token);
  }

  return {
    add(order: Order): void {
      orders.set(order.orderId, order);
      newestByClient.set(clientKey(order.login, order.clientOrderId), order);
      if (orders.size > ORDERS_MAX) forgetOldest();
    },
    openForm(order: Order): void {
      const token = randomBytes(FORM_TOKEN_BYTES).toString('hex');
      order.form = { token, isOpen: true };
      byFormToken.set(token, order);
    },
    has: (orderId: string) => orders.has(orderId),
    find: (orderId: string) => orders.get(orderId),
    findNewest: (login: string, clientOrderId: string) =>
      newestByClient.get(clientKey(login, clientOrderId)),
    findByFormToken: (token: string) => byFormToken.get(token),
    /** Every stored order, oldest first. */
    all: () => [...orders.values()],
  };
}

function clientKey(login: string, clientOrderId: string): string {
  return `${login}\n${clientOrderId}`;
}
