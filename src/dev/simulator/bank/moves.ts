/**
 * Makes the planned moves of orders: when an order is read, and by a timer when its next move is
 * due. Only this file writes payments to the ledger.
 */

import type { BehaviourStore } from '../behaviour.ts';
import type { BoundedLog } from '../bounded-log.ts';
import type { Timers } from '../timers.ts';
import type { Order } from './order.ts';
import * as life from './order.ts';
import type { OrderBook } from './order-book.ts';

export interface LedgerEntry {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly at: string;
}

export type MovesDeps = {
  readonly clock: () => number;
  readonly timers: Timers;
  readonly behaviour: BehaviourStore;
  readonly onEnd: (order: Order) => void;
  readonly book: OrderBook;
  readonly ledger: BoundedLog<LedgerEntry>;
};

export function createMoves({ clock, timers, behaviour, onEnd, book, ledger }: MovesDeps) {
  /** Makes every move that is due. */
  function settle(order: Order): Order {
    while (life.isMoveDue(order, clock())) {
      const dueAtMs = order.nextMoveAtMs;
      const opensForm = order.movesAhead[0]?.opensForm === true;
      life.makeMove(order, behaviour.current());
      if (opensForm) book.openForm(order);
      if (order.status === 'approved') makePaymentsDue(order, dueAtMs);
      if (life.isEnded(order)) onEnd(order);
    }
    return order;
  }

  function wake(order: Order): void {
    if (order.nextMoveAtMs === Number.POSITIVE_INFINITY) return;
    timers.after(Math.max(1, order.nextMoveAtMs - clock()), () => {
      if (book.has(order.orderId)) wake(settle(order));
    });
  }

  function makePaymentsDue(order: Order, atMs: number): void {
    const { orderId, clientOrderId, amount, currency } = order;
    for (; order.paymentsDue > 0; order.paymentsDue -= 1) {
      const at = new Date(atMs).toISOString();
      ledger.add({ orderId, clientOrderId, amount, currency, at });
      order.processorTxId = `BANK-${orderId}`;
    }
  }

  return { settle, wake, makePaymentsDue };
}
