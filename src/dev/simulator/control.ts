/**
 * What a test or a developer may see and change inside the simulator: the same for callers in this
 * process and for the control API. It shows no receiver data, because none is stored.
 */

import type { Bank, OrderPatch } from './bank/bank.ts';
import type { LedgerEntry } from './bank/moves.ts';
import { type OrderView, viewOrder } from './bank/order.ts';
import type { Behaviour, BehaviourPatch, BehaviourStore } from './behaviour.ts';
import type { BoundedLog } from './bounded-log.ts';
import type { CallbackAttempt, Callbacks } from './gateway/callbacks.ts';
import type { ReceivedRequest } from './gateway/gateway-routes.ts';
import type { FakePlatform, ReceivedLetter } from './platform/platform.ts';

export interface SimulatorControl {
  /** The real payments, oldest first. */
  ledger(): readonly LedgerEntry[];
  /** The number of ledger entries that the bounded list has dropped; 0 in any test. */
  ledgerDropped(): number;
  orders(): readonly OrderView[];
  order(orderId: string): OrderView | undefined;
  requests(): readonly ReceivedRequest[];
  callbacks(): readonly CallbackAttempt[];
  /** The notifications that the platform received, oldest first. */
  letters(): readonly ReceivedLetter[];
  behaviour(): Behaviour;
  /** @throws ZodError when a field is unknown or out of bounds. */
  setBehaviour(patch: BehaviourPatch): Behaviour;
  /** Changes what the gateway reports, never the ledger; `undefined`: no such order. */
  setOrder(orderId: string, patch: OrderPatch): OrderView | undefined;
  resendCallback(orderId: string): 'sent' | 'unknown_order' | 'no_address';
}

export function createControl(deps: {
  readonly bank: Bank;
  readonly callbacks: Callbacks;
  readonly behaviour: BehaviourStore;
  readonly requests: BoundedLog<ReceivedRequest>;
  readonly platform: FakePlatform;
}): SimulatorControl {
  const { bank, callbacks, behaviour, requests, platform } = deps;
  return {
    ledger: () => bank.ledger.entries(),
    ledgerDropped: () => bank.ledger.dropped(),
    orders: () => bank.orders().map(viewOrder),
    order(orderId) {
      const order = bank.find(orderId);
      return order && viewOrder(order);
    },
    requests: () => requests.entries(),
    callbacks: () => callbacks.attempts.entries(),
    letters: () => platform.letters.entries(),
    behaviour: () => behaviour.current(),
    setBehaviour: (patch) => behaviour.merge(patch),
    setOrder(orderId, patch) {
      const order = bank.find(orderId);
      if (order === undefined) return undefined;
      bank.setByHand(order, patch);
      return viewOrder(order);
    },
    resendCallback(orderId) {
      const order = bank.find(orderId);
      if (order === undefined) return 'unknown_order';
      return callbacks.resend(order) ? 'sent' : 'no_address';
    },
  };
}
