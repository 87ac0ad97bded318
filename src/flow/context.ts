/**
 * The context that every use case needs. It is handed in whole, so that tests and the simulation
 * control time, chance, database and network. The service builds it in service/app-context.ts.
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
import type { RowSigner } from '../store/integrity/row-signer.ts';
import type { JournalWitness } from '../store/payouts/journal.ts';
import type { ReceiverSeal } from '../store/payouts/receiver-seal.ts';
import type { StoredPayout } from '../store/payouts/rows.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Observe } from './observe.ts';
import type { Dialect } from './platform/dialect.ts';

/** One configured endpoint of the gateway. */
export type Endpoint = {
  name: string;
  /** Calls the gateway, and verifies its callbacks and the receiver's return. */
  client: Gateway;
  limiter: Pick<Limiter, 'slots' | 'take' | 'giveBack' | 'spend' | 'report'>;
  /** Holds first payout-checks back after many refusals in a row, until the gateway takes one. */
  checks: RefusalBreaker;
  callbackUrl: string;
  /** The address that the receiver's browser returns to; the payout's id is appended. */
  returnBaseUrl: string;
  /** The identity of this gateway, and the identities whose orders it continues. */
  gateway: () => GatewayContext;
};

/** Runs the statements of one read of many payouts; may refuse it, see api/reads.ts. */
export type Reads = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

export type AppContext = {
  db: Database;
  /** For what clients read of many payouts; absent where no client reads. */
  reads?: Reads;
  /** The statements that every payout needs, batched with those of other payouts. */
  batches: Batches;
  /** The database's time, derived from this machine's: see service/database/database-clock.ts. */
  clock: Clock;
  /** This machine's wall clock, for signatures and for the last check before bytes leave. */
  wall: () => number;
  /** Whether this machine's clock is within 2 s of the database's. Else: no intent, no expiry. */
  isClockTrusted: () => boolean;
  /**
   * The client_orderid of a new payout: made from its reference and the installation, or the
   * payout's id as long as a replica of an older version may be running.
   */
  clientOrderIdOf: (payoutId: string, reference: string) => string;
  /** The history that the database holds, as this process last read it. */
  history: () => History;
  /** Reads the history again, where a decision may have been made in an older one. */
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
  /** Signs the rows that this process writes, and judges those that it reads. */
  rows: RowSigner;
  log: Log;
  observe: Observe;
  /**
   * The letters of PRAXIS_NOTIFY_STATUSES. They matter only at delivery and redelivery: every
   * notification is written, since the next process may be configured with other letters.
   */
  letters: readonly Letter[];
  /** Replaces the database's clock for leases in simulations; returns null everywhere else. */
  leaseNow: () => Date | null;
  /** Waits; in a simulation the wait takes no real time. */
  sleep: (delayMs: number) => Promise<void>;
  /** A payout of this endpoint is due in `delayMs`: a wake-up for this process's runner. */
  onDue: (endpoint: string, delayMs: number) => void;
  /** A notification is due in `delayMs`: a wake-up for this process's notifier. */
  onNotifications?: (delayMs: number) => void;
  /**
   * This version of the payout is committed: a wake-up for requests of this process that wait for
   * it.
   */
  onChange?: (payoutId: string, version: number) => void;
  /** A commit was acknowledged. */
  onCommitted?: OnCommitted;
  /** The newest journal entry that this process knows, compared by every save of a batch. */
  witness?: JournalWitness;
};

/** No process calls a gateway for an endpoint that is not configured. */
const noGateway: GatewayContext = { identity: '', continues: [], isLegacy: false };

/** The context in which the core decides about a payout as it was read. */
export const contextOf = (
  app: AppContext,
  stored: StoredPayout,
  now: number = app.clock.now(),
): Context => ({
  now,
  random: app.chance.random(),
  policy: app.policy,
  history: app.history(),
  gateway: app.endpoints.get(stored.payout.endpoint)?.gateway() ?? noGateway,
  isClockTrusted: app.isClockTrusted(),
  // Only when a decision reads it: a payout that is only shown is not judged.
  get integrity() {
    return app.rows.judge(stored);
  },
});
