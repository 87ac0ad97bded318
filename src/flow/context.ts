/**
 * What every act of the flow needs: handed in whole, so that tests and the simulation own time,
 * chance, database and network.
 */

import type { Chance, Clock } from '../lib/clock.ts';
import type { Log } from '../log.ts';
import type { Context, GatewayContext, History } from '../payout/model/decision.ts';
import type { Letter } from '../payout/model/letter.ts';
import type { Policy } from '../payout/model/limits.ts';
import type { Limiter } from '../runner/limiter.ts';
import type { RefusalBreaker } from '../runner/refusal-breaker.ts';
import type { Batches, OnCommitted } from '../store/batches.ts';
import type { Database } from '../store/database/pool.ts';
import type { JournalWitness } from '../store/history/revision-memory.ts';
import type { ReceiverSeal } from '../store/payouts/receiver-seal.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Observe } from './observe.ts';
import type { Dialect } from './platform/dialect.ts';

/** One configured endpoint of the gateway. */
export type Endpoint = {
  name: string;
  /** Calls the gateway, and verifies its callbacks and the receiver's return. */
  client: Gateway;
  limiter: Pick<Limiter, 'slots' | 'take' | 'giveBack' | 'spend' | 'report'>;
  /** Holds new payouts back after many were refused in a row, and until one was answered. */
  checks: RefusalBreaker;
  callbackUrl: string;
  /** Which gateway this is, and whose orders it goes on with. */
  gateway: () => GatewayContext;
};

export type AppContext = {
  db: Database;
  /** The statements that every payout needs, shared with those of others. */
  batches: Batches;
  /** The database's time, read ahead from this machine's: see service/database-clock.ts. */
  clock: Clock;
  /** This machine's wall clock, for signatures and for the last look before bytes leave. */
  wall: () => number;
  /** Whether this machine's clock is within 2 s of the database's: else no intent, no expiry. */
  isClockTrusted: () => boolean;
  /**
   * The client_orderid of a new payout: of its reference and the installation, or its own id as
   * long as a replica of an older version may be alive.
   */
  clientOrderIdOf: (payoutId: string, reference: string) => string;
  /** The history that the database holds, as this process last read it. */
  history: () => History;
  /** Reads it anew, where a decision may have been made in an older one. */
  refreshHistory?: () => Promise<void>;
  chance: Chance;
  policy: Policy;
  authorizationExpiryMs: number;
  /** Whether the cashier's `A` may release payouts that were created with the key of this name. */
  cashierMayRelease: (apiKeyName: string) => boolean;
  endpoints: ReadonlyMap<string, Endpoint>;
  /** The protocol of the platform and its cashier. */
  dialect: Dialect;
  seal: ReceiverSeal;
  log: Log;
  observe: Observe;
  /** Where the receiver's browser comes back to; the payout's id is appended. */
  returnBaseUrl: string;
  /**
   * The letters that the platform asks for. Decides at delivery and redelivery alone: every letter
   * is written, since the next process may know better.
   */
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
  /** A commit was acknowledged. */
  onCommitted?: OnCommitted;
  /** The newest journal entry that this process knows, compared by every save of a batch. */
  witness?: JournalWitness;
};

/** No process talks to a gateway for an endpoint that is not configured. */
const noGateway: GatewayContext = { identity: '', continues: [], isLegacy: false };

/** The context in which the core decides now about a payout of this endpoint. */
export const contextOf = (app: AppContext, endpoint: string): Context => ({
  now: app.clock.now(),
  random: app.chance.random(),
  policy: app.policy,
  history: app.history(),
  gateway: app.endpoints.get(endpoint)?.gateway() ?? noGateway,
  isClockTrusted: app.isClockTrusted(),
});
