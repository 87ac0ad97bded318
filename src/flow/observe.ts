/**
 * What the flow tells whoever counts: facts as they happen, in the flow's own words. It knows no
 * metric, and nothing that is told here may fail or wait.
 */

import type { Letter } from '../payout/model/letter.ts';
import type { Status } from '../payout/model/status.ts';
import type { Step } from '../payout/policy/schedule.ts';

export type ObservedCall = {
  endpoint: string;
  command: 'payout-check' | 'payout-pay' | 'status';
  /** The kind of the verdict, such as `accepted` or `unknown`: a short fixed list. */
  outcome: string;
  durationMs: number;
};

export type Observe = {
  /** A payout was created, or entered another status. */
  entered(status: Status): void;
  gatewayCall(call: ObservedCall): void;
  /** A due payout was taken up: what is done first, and how long after it was due. */
  takenUp(step: Step['kind'], lateMs: number): void;
  /** A callback of the gateway was answered. */
  callback(outcome: 'stored' | 'repeated' | 'unknown_order' | 'refused'): void;
  /** A request without an API key was answered 429. */
  limited(route: 'callback' | 'return' | 'cashier'): void;
  /** One attempt to notify the platform ended, or a letter was due that nobody wanted. */
  notified(letter: Letter, outcome: string): void;
  /** The platform acknowledged the last letter of a payout, so long after the payout's end. */
  endAcknowledged(sinceEndMs: number): void;
  /** A caller knows a position that was never given here. */
  aheadOfHistory(): void;
};

/** Counts nothing: for tests, and for programs that nobody scrapes. */
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
