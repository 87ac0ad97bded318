/**
 * Notifies the merchant of the end of an order: a GET to its callback address, retried until it is
 * answered 200. Redirects are not followed, and closing the simulator ends every attempt.
 */

import type { Order } from '../bank/order.ts';
import type { BehaviourStore } from '../behaviour.ts';
import { createBoundedLog } from '../bounded-log.ts';
import type { Merchants } from '../merchants.ts';
import type { Timers } from '../timers.ts';
import { outcomeControl } from './control-check.ts';

/** payneteasy: up to 30 further attempts after the first. */
const RETRIES_MAX = 30;

const TIMEOUT_MS = 10_000;
const ATTEMPTS_KEPT_MAX = 50_000;

/**
 * Above this limit a merchant that does not answer would take all sockets; later callbacks wait.
 */
const IN_FLIGHT_MAX = 64;
const BUSY_WAIT_MS = 50;

/**
 * The body of an answer has no meaning; a small one is read so that the connection can be used
 * again.
 */
const ANSWER_BYTES_MAX = 65_536;

export interface CallbackAttempt {
  readonly at: string;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly status: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The HTTP status of the answer, or the failure instead of it. */
  readonly answer: number | string;
}

interface Delivery {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly status: string;
  readonly url: URL;
  attempt: number;
}

export type Callbacks = ReturnType<typeof createCallbacks>;

export function createCallbacks(deps: {
  readonly clock: () => number;
  readonly timers: Timers;
  readonly behaviour: BehaviourStore;
  readonly merchants: Merchants;
}) {
  const { timers, behaviour } = deps;
  const attempts = createBoundedLog<CallbackAttempt>(ATTEMPTS_KEPT_MAX);
  const closing = new AbortController();
  let inFlight = 0;

  async function send(delivery: Delivery): Promise<void> {
    if (closing.signal.aborted) return;
    if (inFlight >= IN_FLIGHT_MAX) {
      timers.after(BUSY_WAIT_MS, () => void send(delivery));
      return;
    }
    inFlight += 1;
    const at = new Date(deps.clock()).toISOString();
    const answer = await ask(delivery.url, closing.signal);
    inFlight -= 1;
    const { orderId, clientOrderId, status, attempt } = delivery;
    attempts.add({ at, orderId, clientOrderId, status, attempt, answer });
    if (answer !== 200 && attempt <= RETRIES_MAX) retryLater(delivery);
  }

  function retryLater(delivery: Delivery): void {
    const delays = behaviour.current().callbackRetryDelaysMs;
    const delayMs = delays[Math.min(delivery.attempt, delays.length) - 1] ?? 0;
    delivery.attempt += 1;
    timers.after(delayMs, () => {
      if (behaviour.current().callbacks === 'on') void send(delivery);
    });
  }

  /** Sends the present status of the order, whatever it is. `false`: it has no callback address. */
  function resend(order: Order): boolean {
    if (order.callbackUrl === null) return false;
    const { orderId, clientOrderId, status, callbackUrl } = order;
    const controlKey = deps.merchants.get(order.login)?.controlKey ?? '';
    const url = callbackAddress(callbackUrl, order, controlKey);
    void send({ orderId, clientOrderId, status, url, attempt: 1 });
    return true;
  }

  return {
    attempts,
    resend,
    /** A callback that is due while callbacks are switched off is lost, and so are retries then. */
    orderEnded: (order: Order): void => {
      if (behaviour.current().callbacks === 'on') resend(order);
    },
    close: (): void => closing.abort(),
  };
}

/** payneteasy: callback parameters travel in the query of a GET. */
function callbackAddress(callbackUrl: string, order: Order, controlKey: string): URL {
  const url = new URL(callbackUrl);
  const parameters = {
    status: order.status,
    merchant_order: order.clientOrderId,
    client_orderid: order.clientOrderId,
    orderid: order.orderId,
    type: 'payout',
    amount: order.amount,
    currency: order.currency,
    descriptor: 'simulator',
    ...(order.processorTxId !== null && { 'processor-tx-id': order.processorTxId }),
    ...(order.reason !== null && {
      error_code: String(order.reason.code),
      error_message: order.reason.message,
    }),
    control: outcomeControl(order, controlKey),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
  return url;
}

/** Sends one GET; returns the HTTP status, or the name of the failure. Never throws. */
async function ask(url: URL, closing: AbortSignal): Promise<number | string> {
  try {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { redirect: 'manual', signal });
    const length = Number(response.headers.get('content-length') ?? Number.POSITIVE_INFINITY);
    if (length <= ANSWER_BYTES_MAX) await response.arrayBuffer();
    else await response.body?.cancel();
    return response.status;
  } catch (error) {
    return nameProblem(error);
  }
}

function nameProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? 'timeout' : error.name;
}
