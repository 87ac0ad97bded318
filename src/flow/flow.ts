/**
 * What every act of the flow needs: handed in whole, so that tests and the simulation own time,
 * chance, database and network.
 */

import type { Chance, Clock } from '../lib/clock.ts';
import type { Log } from '../log.ts';
import type { GatewayClient } from '../payneteasy/client.ts';
import type { Letter } from '../payout/letter.ts';
import type { Context } from '../payout/decision.ts';
import type { Policy } from '../payout/limits.ts';
import type { Breaker } from '../runner/breaker.ts';
import type { Gate } from '../runner/gate.ts';
import type { Batches } from '../store/batches.ts';
import type { Database } from '../store/pool.ts';
import type { ReceiverSeal } from '../store/receiver-seal.ts';
import type { Observe } from './observe.ts';

/** One configured endpoint of the gateway. */
export type Endpoint = {
  name: string;
  client: GatewayClient;
  gate: Pick<Gate, 'slots' | 'take' | 'giveBack' | 'spend' | 'report'>;
  /** Holds new payouts back after many were refused in a row, and until one was answered. */
  checks: Breaker;
  /** Verifies callbacks and the receiver's return. */
  controlKey: string;
  callbackUrl: string;
};

export type Flow = {
  db: Database;
  /** The statements that every payout needs, shared with those of others. */
  batches: Batches;
  clock: Clock;
  chance: Chance;
  policy: Policy;
  authorizationExpiryMs: number;
  endpoints: ReadonlyMap<string, Endpoint>;
  seal: ReceiverSeal;
  log: Log;
  observe: Observe;
  /** Where the receiver's browser comes back to; the payout's id is appended. */
  returnBaseUrl: string;
  /** The letters that the platform is told; none where it is not notified. */
  letters: readonly Letter[];
  /** Replaces the database's clock for leases in simulations; null everywhere else. */
  leaseNow: () => Date | null;
  /** Waits; in a simulation nothing really does. */
  sleep: (delayMs: number) => Promise<void>;
  /** A payout of this endpoint is due in `delayMs`: a hint to this process's runner. */
  onDue: (endpoint: string, delayMs: number) => void;
  /** A letter to the platform is due in `delayMs`: a hint to this process's runner. */
  onLetters?: (delayMs: number) => void;
  /**
   * A payout has this version now, on disk: a hint to requests of this process that wait for it.
   */
  onChange?: (payoutId: string, version: number) => void;
};

/** The context in which the core decides now. */
export const contextOf = (flow: Flow): Context => ({
  now: flow.clock.now(),
  random: flow.chance.random(),
  policy: flow.policy,
});
