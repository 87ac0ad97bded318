/**
 * The bank as the gateway's commands see it: it opens orders, takes payments for them, and records
 * the real payments in the ledger. `moves.ts` decides how an order moves on.
 */

import type { BehaviourStore } from '../behaviour.ts';
import { createBoundedLog } from '../bounded-log.ts';
import type { CheckRequest } from '../gateway/check-fields.ts';
import type { Endpoint } from '../merchants.ts';
import type { Timers } from '../timers.ts';
import { createMoves, type LedgerEntry } from './moves.ts';
import type { Order } from './order.ts';
import * as life from './order.ts';
import { createOrderBook } from './order-book.ts';

const LEDGER_MAX = 500_000;

export type PayVerdict = 'accepted' | 'not_validated' | 'already_paid';

/** Omitted fields stay; a status or stage set by hand cancels the planned moves of the order. */
export interface OrderPatch {
  readonly status?: string | undefined;
  readonly stage?: string | undefined;
  readonly amount?: string | undefined;
}

export type Bank = ReturnType<typeof createBank>;

export type BankDeps = {
  readonly clock: () => number;
  readonly timers: Timers;
  readonly behaviour: BehaviourStore;
  readonly onEnd: (order: Order) => void;
};

export function createBank({ clock, timers, behaviour, onEnd }: BankDeps) {
  const book = createOrderBook();
  const ledger = createBoundedLog<LedgerEntry>(LEDGER_MAX);
  const moves = createMoves({ clock, timers, behaviour, onEnd, book, ledger });
  const { settle, wake } = moves;
  // Order ids start at the time, so that a restarted simulator never gives out an id twice.
  let lastOrderId = clock();

  function open(login: string, endpoint: Endpoint, request: CheckRequest): Order {
    lastOrderId += 1;
    const order = life.openOrder(
      { ...request, login, endpoint, orderId: String(lastOrderId), createdAtMs: clock() },
      behaviour.current(),
    );
    book.add(order);
    wake(order);
    return order;
  }

  function pay(order: Order): PayVerdict {
    settle(order);
    if (order.payCommands > 0) return payAgain(order);
    if (!life.isPayable(order)) return 'not_validated';
    life.startPayment(order, clock(), behaviour.current());
    wake(order);
    return 'accepted';
  }

  function payAgain(order: Order): PayVerdict {
    const canPay = !life.isEnded(order) || order.status === 'approved';
    if (!behaviour.current().payTwiceHappens || !canPay) return 'already_paid';
    order.payCommands += 1;
    order.paymentsDue += 1;
    if (order.status === 'approved') moves.makePaymentsDue(order, clock());
    return 'accepted';
  }

  function submitForm(order: Order): void {
    if (order.form?.isOpen !== true) return;
    life.passForm(order, clock());
    settle(order);
  }

  /** Changes what the gateway reports about an order. The ledger contains only real payments. */
  function setByHand(order: Order, patch: OrderPatch): void {
    settle(order);
    order.amount = patch.amount ?? order.amount;
    if (patch.status === undefined && patch.stage === undefined) return;
    const { status = order.status, stage = order.stage } = patch;
    life.pinOrder(order, { status, stage });
    if (patch.status !== undefined && life.isEnded(order)) onEnd(order);
  }

  const upToDate = (order: Order | undefined) => order && settle(order);

  return {
    open,
    pay,
    submitForm,
    setByHand,
    ledger,
    find: (orderId: string) => upToDate(book.find(orderId)),
    findNewest: (login: string, clientOrderId: string) =>
      upToDate(book.findNewest(login, clientOrderId)),
    findByFormToken: (token: string) => upToDate(book.findByFormToken(token)),
    /** Every stored order, oldest first. */
    orders: () => book.all().map(settle),
  };
}
