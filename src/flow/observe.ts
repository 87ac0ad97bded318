/**
 * The facts that the use cases report as they happen. The metrics made of them are decided in
 * service/metrics/flow-metrics.ts. No function here may fail or wait.
 */

import type { Letter } from '../payout/model/letter.ts';
import type { Status } from '../payout/model/status.ts';
import type { Step } from '../payout/policy/schedule.ts';

export type ObservedCall = {
  endpoint: string;
  command: 'payout-check' | 'payout-pay' | 'status';
  /** The kind of the verdict, such as `accepted` or `unknown`; the list is short and fixed. */
  outcome: string;
  durationMs: number;
};

export type Observe = {
  /** A payout was created, or entered another status. */
  entered(status: Status): void;
  gatewayCall(call: ObservedCall): void;
  /** Work on a due payout began: its first step, and how long after the due time. */
  takenUp(step: Step['kind'], lateMs: number): void;
  /** A callback of the gateway was answered. */
  callback(outcome: 'stored' | 'repeated' | 'unknown_order' | 'refused'): void;
  /**
   * A request was refused for its number; `api`: for wrong API keys, `key`: one key sent too many,
   * `read`: too many lists, timelines and feeds at a time.
   */
  limited(route: 'callback' | 'return' | 'cashier' | 'api' | 'key' | 'read'): void;
  /** One delivery attempt ended, or a notification was skipped when it was due. */
  notified(letter: Letter, outcome: string): void;
  /** The platform acknowledged a payout's last notification, so long after its final status. */
  endAcknowledged(sinceEndMs: number): void;
  /** A client knows a position that this database never gave. */
  aheadOfHistory(): void;
};

/** Counts nothing: for tests, and for programs without metrics. */
export const observeNothing: Observe = {
  entered: () => undefined,
  gatewayCall: () => undefined,
  takenUp: () => undefined,
  callback: () => undefined,
  limited: () => undefined,
  notified: () => undefined,
  endAcknowledged: () => undefined,
  aheadOfHistory: () => undefined,
};
