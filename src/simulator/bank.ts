/**
 * The bank's books: every order, and the ledger of payments that really happened. It moves orders
 * along when they are looked at and by its timers, and says when one has ended.
 */

import { randomBytes } from 'node:crypto';
import type { BehaviourStore } from './behaviour.ts';
import { createBoundedLog } from './bounded-log.ts';
import type { CheckRequest } from './check-fields.ts';
import type { Endpoint } from './merchants.ts';
import * as life from './order.ts';
import type { Order } from './order.ts';
import type { Timers } from './timers.ts';

/**
 * About 200 MB of orders; beyond it the oldest is forgotten, as a long soak run never asks for it.
 */
const ORDERS_MAX = 200_000;
const LEDGER_MAX = 500_000;

export interface LedgerEntry {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly at: string;
}

export type PayVerdict = 'taken' | 'not_validated' | 'already_paid';

/** Fields left out stay; a status or stage set by hand ends what was planned for the order. */
export interface OrderPatch {
  readonly status?: string | undefined;
  readonly stage?: string | undefined;
  readonly amount?: string | undefined;
}

export type Bank = ReturnType<typeof createBank>;

export function createBank(deps: {
  readonly clock: () => number;
  readonly timers: Timers;
  readonly behaviour: BehaviourStore;
  readonly onEnd: (order: Order) => void;
}) {
  const { clock, timers, behaviour } = deps;
  const orders = new Map<string, Order>();
  const newestByClient = new Map<string, Order>();
  const byFormToken = new Map<string, Order>();
  const ledger = createBoundedLog<LedgerEntry>(LEDGER_MAX);
  // Counted from the time, so that a restarted simulator never gives out an order id again.
  let lastOrderId = clock();

  function open(login: string, endpoint: Endpoint, request: CheckRequest): Order {
    lastOrderId += 1;
    const order = life.openOrder(
      { ...request, login, endpoint, orderId: String(lastOrderId), createdAtMs: clock() },
      behaviour.current(),
    );
    orders.set(order.orderId, order);
    newestByClient.set(clientKey(login, order.clientOrderId), order);
    if (orders.size > ORDERS_MAX) forgetOldest();
    wake(order);
    return order;
  }

  function forgetOldest(): void {
    const [oldest] = orders.values();
    if (oldest === undefined) return;
    orders.delete(oldest.orderId);
    const key = clientKey(oldest.login, oldest.clientOrderId);
    if (newestByClient.get(key) === oldest) newestByClient.delete(key);
    if (oldest.form !== null) byFormToken.delete(oldest.form.token);
  }

  /** Makes every move that is due. */
  function settle(order: Order): Order {
    while (life.isMoveDue(order, clock())) {
      const dueAtMs = order.nextMoveAtMs;
      const opensForm = order.movesAhead[0]?.opensForm === true;
      life.makeMove(order, behaviour.current());
      if (opensForm) openForm(order);
      if (order.status === 'approved') makePaymentsDue(order, dueAtMs);
      if (life.isEnded(order)) deps.onEnd(order);
    }
    return order;
  }

  function wake(order: Order): void {
    if (order.nextMoveAtMs === Number.POSITIVE_INFINITY) return;
    timers.after(Math.max(1, order.nextMoveAtMs - clock()), () => {
      if (orders.has(order.orderId)) wake(settle(order));
    });
  }

  function openForm(order: Order): void {
    const token = randomBytes(16).toString('hex');
    order.form = { token, isOpen: true };
    byFormToken.set(token, order);
  }

  function makePaymentsDue(order: Order, atMs: number): void {
    const { orderId, clientOrderId, amount, currency } = order;
    for (; order.paymentsDue > 0; order.paymentsDue -= 1) {
      const at = new Date(atMs).toISOString();
      ledger.add({ orderId, clientOrderId, amount, currency, at });
      order.processorTxId = `BANK-${orderId}`;
    }
  }

  function pay(order: Order): PayVerdict {
    settle(order);
    if (order.payCommands > 0) return payAgain(order);
    if (!life.isPayable(order)) return 'not_validated';
    life.startPayment(order, clock(), behaviour.current());
    wake(order);
    return 'taken';
  }

  function payAgain(order: Order): PayVerdict {
    const canPay = !life.isEnded(order) || order.status === 'approved';
    if (!behaviour.current().payTwiceHappens || !canPay) return 'already_paid';
    order.payCommands += 1;
    order.paymentsDue += 1;
    if (order.status === 'approved') makePaymentsDue(order, clock());
    return 'taken';
  }

  function submitForm(order: Order): void {
    if (order.form?.isOpen !== true) return;
    life.passForm(order, clock());
    settle(order);
  }

  /** Changes what the gateway says about an order. The ledger only ever holds real payments. */
  function setByHand(order: Order, patch: OrderPatch): void {
    settle(order);
    order.amount = patch.amount ?? order.amount;
    if (patch.status === undefined && patch.stage === undefined) return;
    const { status = order.status, stage = order.stage } = patch;
    life.pinOrder(order, { status, stage });
    if (patch.status !== undefined && life.isEnded(order)) deps.onEnd(order);
  }

  const settled = (order: Order | undefined) => order && settle(order);

  return {
    open,
    pay,
    submitForm,
    setByHand,
    ledger,
    find: (orderId: string) => settled(orders.get(orderId)),
    findNewest: (login: string, clientOrderId: string) =>
      settled(newestByClient.get(clientKey(login, clientOrderId))),
    findByFormToken: (token: string) => settled(byFormToken.get(token)),
    /** Every order kept, oldest first. */
    orders: () => [...orders.values()].map(settle),
  };
}

function clientKey(login: string, clientOrderId: string): string {
  return `${login}\n${clientOrderId}`;
}
