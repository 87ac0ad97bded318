/**
 * One order at the bank and its life: pure rules over the given times. `moves.ts` decides when it
 * is read, and `gateway/callbacks.ts` who is notified.
 */

import type { Delays } from '../behaviour.ts';
import type { Endpoint } from '../merchants.ts';
import { type Ending, endingOf, type Move, type Reason } from './magic-amounts.ts';

export interface Order {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly login: string;
  readonly endpoint: Endpoint;
  readonly currency: string;
  readonly callbackUrl: string | null;
  readonly redirectUrl: string | null;
  readonly createdAtMs: number;
  /** Appended to its error messages; never shown by the control API. */
  readonly echo?: string;
  readonly ending: Ending;
  amount: string;
  status: string;
  stage: string;
  reason: Reason | null;
  processorTxId: string | null;
  form: { readonly token: string; readonly isOpen: boolean } | null;
  /** The number of payout-pay commands that the bank has accepted. */
  payCommands: number;
  /** Payments that it has accepted and not made yet. */
  paymentsDue: number;
  /** The planned moves; the first one is due at `nextMoveAtMs`. */
  movesAhead: readonly Move[];
  nextMoveAtMs: number;
  /** What a status reply reported since when, oldest first. */
  past: readonly Past[];
}

type Past = Pick<Order, 'status' | 'stage' | 'reason'> & { readonly sinceMs: number };

export type NewOrder = Pick<
  Order,
  'orderId' | 'clientOrderId' | 'login' | 'endpoint' | 'amount' | 'currency'
> &
  Pick<Order, 'callbackUrl' | 'redirectUrl' | 'createdAtMs' | 'echo'>;

/** The members that the control API shows of an order. */
export interface OrderView
  extends Pick<Order, 'orderId' | 'clientOrderId' | 'login' | 'endpoint' | 'amount' | 'currency'>,
    Pick<Order, 'status' | 'stage' | 'reason' | 'processorTxId' | 'payCommands' | 'redirectUrl'> {
  readonly createdAt: string;
  readonly ending: string;
  /** The path of the receiver's form below the simulator's address; `null`: there is none. */
  readonly formPath: string | null;
}

const FINAL_STATUSES = new Set(['approved', 'declined', 'filtered', 'error']);

export function openOrder(fields: NewOrder, delays: Delays): Order {
  const ending = endingOf(fields.amount, fields.currency);
  const order: Order = {
    ...fields,
    ending,
    status: 'processing',
    stage: 'payout_check_validating',
    reason: null,
    processorTxId: null,
    form: null,
    payCommands: 0,
    paymentsDue: 0,
    movesAhead: [],
    nextMoveAtMs: Number.POSITIVE_INFINITY,
    past: [],
  };
  keepPast(order, fields.createdAtMs);
  planMoves(order, ending.afterCheck ?? [], fields.createdAtMs, delays);
  return order;
}

/** payneteasy: payout-pay is for orders whose stage is payout_check_validated. */
export function isPayable(order: Order): boolean {
  return order.status === 'processing' && order.stage === 'payout_check_validated';
}

export function startPayment(order: Order, nowMs: number, delays: Delays): void {
  order.payCommands += 1;
  order.paymentsDue += 1;
  order.stage = 'payout_processing';
  keepPast(order, nowMs);
  planMoves(order, order.ending.afterPay, nowMs, delays);
}

export function isMoveDue(order: Order, nowMs: number): boolean {
  return order.nextMoveAtMs <= nowMs;
}

/** Makes the next move. The move after it counts from the due time of this one, not from now. */
export function makeMove(order: Order, delays: Delays): void {
  const [move, ...rest] = order.movesAhead;
  if (move === undefined) return;
  order.status = move.status;
  order.stage = move.stage;
  order.reason = move.reason ?? null;
  keepPast(order, order.nextMoveAtMs);
  planMoves(order, rest, order.nextMoveAtMs, delays);
}

/** The receiver has posted the form: the moves that waited for it are due now. */
export function passForm(order: Order, nowMs: number): void {
  if (order.form !== null) order.form = { ...order.form, isOpen: false };
  order.nextMoveAtMs = nowMs;
}

/** Shows these values permanently: planned moves are cancelled. */
export function pinOrder(order: Order, shown: { status: string; stage: string }): void {
  Object.assign(order, shown);
  order.reason = null;
  order.past = [];
  order.movesAhead = [];
  order.nextMoveAtMs = Number.POSITIVE_INFINITY;
  if (order.form !== null) order.form = { ...order.form, isOpen: false };
}

/**
 * payneteasy: these four statuses are final; a chain-declined stage means another route goes on.
 */
export function isEnded(order: Order): boolean {
  return FINAL_STATUSES.has(order.status) && !order.stage.endsWith('_chain_declined');
}

export function viewOrder(order: Order): OrderView {
  return {
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    login: order.login,
    endpoint: order.endpoint,
    status: order.status,
    stage: order.stage,
    amount: order.amount,
    currency: order.currency,
    reason: order.reason,
    processorTxId: order.processorTxId,
    payCommands: order.payCommands,
    redirectUrl: order.redirectUrl,
    createdAt: new Date(order.createdAtMs).toISOString(),
    ending: order.ending.name,
    formPath: order.form === null ? null : formPathOf(order.form.token),
  };
}

export function formPathOf(token: string): string {
  return `/paynet/form/${token}`;
}

/** The order as it was at this time, or at its beginning; values set by hand show immediately. */
export function shownAt(order: Order, atMs: number): Order {
  const then = order.past.findLast(({ sinceMs }) => sinceMs <= atMs) ?? order.past[0];
  if (then === undefined || then === order.past.at(-1)) return order;
  const { status, stage, reason } = then;
  return { ...order, status, stage, reason, processorTxId: null };
}

function keepPast(order: Order, sinceMs: number): void {
  const { status, stage, reason } = order;
  order.past = [...order.past, { status, stage, reason, sinceMs }];
}

function planMoves(order: Order, moves: readonly Move[], fromMs: number, delays: Delays): void {
  const [next] = moves;
  order.movesAhead = moves;
  order.nextMoveAtMs =
    next === undefined || next.wait === 'form'
      ? Number.POSITIVE_INFINITY
      : fromMs + delays[next.wait];
}
