/**
 * An order of the simulated gateway: what it showed at every moment, and what its bank really did
 * with the money. The two can differ, which is what lies are.
 */

import type { Account } from './account.ts';

export type Shown = {
  status: string;
  stage: string | null;
  redirectTo?: string;
  transactionType?: string;
};

export type Order = {
  readonly id: string;
  readonly clientOrderId: string;
  readonly account: Account;
  /** Decimal text, as it was sent with payout-check. */
  readonly amount: string;
  readonly currency: string;
  readonly callbackUrl: string;
  readonly redirectUrl: string;
  readonly createdAt: number;
  /** From then on it is found without its own id. */
  foundAt: number;
  /** Whether lookups lost it once. A payout-check with its client_orderid is still refused. */
  isUnlisted: boolean;
  /** Everything it showed, oldest first; the first entry is from its birth. */
  readonly shown: { at: number; what: Shown }[];
  /** Another amount that its replies show, while this is set. */
  shownAmount: string | null;
  /** Executions of payout-pay: each one is money that starts to move. */
  readonly executions: { at: number }[];
  /** When the bank paid the receiver; null while it has not. */
  paidAt: number | null;
  /** What its free texts repeat of the receiver; null where they do not. */
  readonly echo: string | null;
  /** Why the gateway is to blame for a wrong end; null while it told nothing but the truth. */
  lie: string | null;
};

export const endStatuses = ['approved', 'declined', 'filtered', 'error'];

/** What the order shows now, or showed at an earlier moment; null before its birth. */
export function shownAt(order: Order, at: number): Shown | null {
  return order.shown.findLast((entry) => entry.at <= at)?.what ?? null;
}

export const latest = (order: Order): Shown | null => order.shown.at(-1)?.what ?? null;

/** Whether payout-pay may be executed: the bank confirmed it and nothing has happened since. */
export function isPayable(order: Order): boolean {
  const now = latest(order);
  return now?.status === 'processing' && now.stage === 'payout_check_validated';
}
