/**
 * The real flow, store, payout runners, gateway client and simulated gateway, driven by hand: a
 * test moves the clock and says when due work is done, so that a story of days takes a second and
 * never waits.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_ENDPOINT_ID, SANDBOX_LOGIN } from '../../src/dev/sandbox/sandbox.ts';
import { sandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import { createSimulator, type Simulator } from '../../src/dev/simulator/simulator.ts';
import { authorizePayout, cancelPayout } from '../../src/flow/api/command-payout.ts';
import { createPayout, type PayoutRequest } from '../../src/flow/api/create-payout.ts';
import type { AppContext } from '../../src/flow/context.ts';
import { type TakenCallback, takeCallback } from '../../src/flow/gateway/take-callback.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import { systemChance } from '../../src/lib/clock.ts';
import { createLogger, type Log } from '../../src/log.ts';
import type { Attention } from '../../src/payout/model/attention.ts';
import type { Payout } from '../../src/payout/model/payout.ts';
import { praxisDialect } from '../../src/praxis/dialect.ts';
import type { ServedEndpoint } from '../../src/service/endpoints.ts';
import type { Timers } from '../../src/service/leased-runner.ts';
import { createPayoutRunners } from '../../src/service/payout-runners.ts';
import { createBatches } from '../../src/store/batches.ts';
import { createCheckBreakers } from '../../src/store/check-breakers.ts';
import { createDatabase } from '../../src/store/database/pool.ts';
import { findPayout } from '../../src/store/payouts/payouts.ts';
import { createReceiverSeal } from '../../src/store/payouts/receiver-seal.ts';
import type { StoredPayout } from '../../src/store/payouts/rows.ts';
import { callsOf, commandsOf, paymentsOf } from './bank-orders.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import {
  createDrivenEndpoint,
  type DuringCall,
  ENDPOINT,
  startBreaker,
} from './driven-endpoint.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { undisturbedFlow } from './undisturbed.ts';

export type JournalRow = { kind: string; status: string; version: number; says: string; at: Date };

export type DrivenFlow = {
  app: AppContext;
  clock: ManualClock;
  simulator: Simulator;
  database: TestDatabase;
  /** Set its members to step into gateway calls. */
  during: DuringCall;
  create(changes?: Partial<PayoutRequest>): Promise<string>;
  authorize(id: string): Promise<Payout>;
  cancel(id: string): Promise<Payout>;
  stored(id: string): Promise<StoredPayout>;
  payout(id: string): Promise<Payout>;
  /** Does what is due now, until nothing is. */
  runNow(): Promise<void>;
  /** The same by another replica, for the middle of a call of the first one. */
  runOther(): Promise<void>;
  /** The breaker as it is after a start: it knows only what is in the database. */
  restartBreaker(): void;
  /** Moves the clock on to the payout's next due time and does what is due then. */
  runNext(id: string): Promise<void>;
  /** From due time to due time until the payout passes; fails after 500 of them. */
  runUntil(id: string, passes: (payout: Payout) => boolean): Promise<Payout>;
  runUntilStatus(id: string, status: Payout['status']): Promise<Payout>;
  /** From due time to due time for this long. */
  runFor(id: string, ms: number): Promise<void>;
  journal(id: string): Promise<JournalRow[]>;
  /** The statuses it went through, each once in a row. */
  path(id: string): Promise<string[]>;
  calls(id: string): string[];
  commands(id: string): string[];
  payments(id: string): number;
  attention(id: string): Promise<Attention['code'][]>;
  /** The parameters of a callback as the gateway signs them. */
  signed(callback: { id: string; status: string; orderid: string }): URLSearchParams;
  /** Takes a callback as the gateway signs it, with changed or added parameters. */
  callback(id: string, changes?: Record<string, string>): Promise<TakenCallback>;
  close(): Promise<void>;
};

const STEPS_MAX = 500;

export const AUTHORIZATION_EXPIRY_MS = 96 * 3_600_000;

/** sha1(status + orderid + client_orderid + key), as the gateway signs callbacks. */
const sign = (status: string, orderId: string, clientOrderId: string, key: string): string =>
  createHash('sha1').update(`${status}${orderId}${clientOrderId}${key}`).digest('hex');

const request = (changes: Partial<PayoutRequest>): PayoutRequest => ({
  reference: randomUUID(),
  money: { amountMinor: 1000n, decimals: 2, currency: 'EUR' },
  endpoint: ENDPOINT,
  release: 'automatic',
  description: null,
  purpose: null,
  receiver: { first_name: 'Ada', bank_account: { account_number: 'DE0012345678' } },
  returnUrl: null,
  cashier: null,
  metadata: null,
  ...changes,
});

const commanding = (payoutId: string) => ({
  payoutId,
  by: 'desk',
  key: 'desk',
  ifVersion: null,
});

/** An amount whose cents choose what the bank does; see the simulator's magic amounts. */
export const euros = (cents: number): { money: PayoutRequest['money'] } => ({
  money: { amountMinor: 10_000n + BigInt(cents), decimals: 2, currency: 'EUR' },
});

/** Thrown by a test in the middle of a call: the replica is gone, and its lease runs out. */
export class ReplicaCrash extends Error {
  override readonly name = 'ReplicaCrash';
}

/** As many as a claim takes at most: tests about other things have no budget. */
const withoutBudget = (endpoint: ServedEndpoint): ServedEndpoint => ({
  ...endpoint,
  limiter: {
    ...endpoint.limiter,
    slots: () => 50,
    opensAt: () => null,
    take: () => {},
    giveBack: () => {},
  },
  // A test may start the breaker anew.
  get checks() {
    return endpoint.checks;
  },
});

/** Leases are not extended: they run out when a test moves the clock past their end. */
const noTimers: Timers = { after: () => () => undefined };

/** The flow with a log that also collects what was caught; the test may still change the flow. */
function collecting(app: AppContext, errors: unknown[]): AppContext {
  const collect =
    (level: 'error' | 'warn'): Log['error'] =>
    (fields, message) => {
      const { err } = fields;
      if (err !== undefined && !(err instanceof ReplicaCrash)) errors.push(err);
      app.log[level](fields, message);
    };
  const lines = { error: collect('error'), warn: collect('warn') };
  const logOf = (log: Log): Log =>
    new Proxy(log, {
      get: (target, key) =>
        key === 'error' || key === 'warn' ? lines[key] : Reflect.get(target, key),
    });
  return new Proxy(app, {
    get: (target, key) => (key === 'log' ? logOf(target.log) : Reflect.get(target, key)),
  });
}

/**
 * The payout runners of one replica, as the service wires them; `runNow` handles everything that is
 * due at this moment.
 */
function createReplica(app: AppContext, endpoint: ServedEndpoint) {
  const errors: unknown[] = [];
  const runners = createPayoutRunners(collecting(app, errors), [endpoint], { timers: noTimers });
  return {
    runNow: async () => {
      for (let round = 0; ; round += 1) {
        const handled = await runners.runOnce(endpoint.name);
        // Also where nothing was handled: a row that cannot be read is only reported.
        if (errors.length > 0) {
          throw new AggregateError(errors.splice(0), 'handling due payouts failed');
        }
        if (handled === 0) return;
        if (round > STEPS_MAX) throw new Error('a payout stays due indefinitely');
      }
    },
  };
}

export type DrivenFlowOptions = {
  behaviour?: BehaviourPatch;
  policy?: Partial<AppContext['policy']>;
  /** Real milliseconds after which a gateway call is given up. */
  callTimeoutMs?: number;
  /** Calls per second, as the service limits them; without it there is no limit. */
  perSecondMax?: number;
};

export async function createDrivenFlow(options: DrivenFlowOptions = {}): Promise<DrivenFlow> {
  const clock = createManualClock();
  const folder = await mkdtemp(join(tmpdir(), 'payout-driven-'));
  const secrets = sandboxSecrets(folder);
  await rm(folder, { recursive: true });
  const { controlKey, publicKeyPem } = secrets;
  const endpointIds = [SANDBOX_ENDPOINT_ID];
  const merchant = { login: SANDBOX_LOGIN, controlKey, publicKeyPem, endpointIds, groupIds: [] };
  const simulator = createSimulator({
    merchants: [merchant],
    behaviour: { callbacks: 'off', ...options.behaviour },
    clock: () => clock.now(),
  });
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 });
  const database = await createTestDatabase();
  const db = createDatabase(database.connectionString, () => {});
  const breakerStore = createCheckBreakers(db, { endpoint: ENDPOINT, settingsHash: 'settings' });
  const { endpoint, during, close } = createDrivenEndpoint({
    secrets,
    simulatorUrl: url,
    clock,
    callTimeoutMs: options.callTimeoutMs ?? 10_000,
    breakerStore,
    perSecondMax: options.perSecondMax ?? 200,
  });
  const leaseNow = (): Date => new Date(clock.now());
  const app: AppContext = {
    db,
    batches: createBatches(db, leaseNow),
    clock,
    // Ids stay random; the one number of a decision is the middle of its range.
    chance: { random: () => 0.5, bytes: systemChance.bytes },
    policy: {
      payRepeat: true,
      repeatQuietMs: 600_000,
      checkQuietMs: 60_000,
      orderNotFoundCodes: [],
      errorMeansDeclined: false,
      pollMinMs: 3000,
      pollMaxMs: 5000,
      ...options.policy,
    },
    // Beyond the 72 hours for which a confirmation is relied on, and few enough hourly steps.
    authorizationExpiryMs: AUTHORIZATION_EXPIRY_MS,
    cashierMayRelease: () => true,
    dialect: praxisDialect,
    endpoints: new Map([[ENDPOINT, endpoint]]),
    seal: createReceiverSeal([{ id: 'test', key: randomBytes(32) }], systemChance.bytes),
    log: createLogger('fatal', { write: () => {} }),
    letters: [],
    leaseNow,
    sleep: async (delayMs) => clock.advance(delayMs),
    onDue: () => {},
    observe: observeNothing,
    ...undisturbedFlow(clock),
  };
  const served = options.perSecondMax === undefined ? withoutBudget(endpoint) : endpoint;
  const { runNow } = createReplica(app, served);
  const other = createReplica(app, served);

  const stored = async (id: string): Promise<StoredPayout> => {
    const found = await findPayout(app.db, id);
    if (found === null) throw new Error(`there is no payout ${id}`);
    return found;
  };
  const payout = async (id: string): Promise<Payout> => (await stored(id)).payout;

  const runNext = async (id: string): Promise<void> => {
    const { dueAt } = await stored(id);
    if (dueAt === null) throw new Error(`${id} is not due any more`);
    clock.advanceTo(dueAt);
    await runNow();
  };

  const runUntil: DrivenFlow['runUntil'] = async (id, passes) => {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const seen = await payout(id);
      if (passes(seen)) return seen;
      await runNext(id);
    }
    const { status, gateway } = await payout(id);
    throw new Error(`${id} is still ${status}, ${gateway.stage}`);
  };

  const signed: DrivenFlow['signed'] = ({ id, status, orderid }) =>
    new URLSearchParams({
      status,
      orderid,
      client_orderid: id,
      merchant_order: id,
      type: 'payout',
      control: sign(status, orderid, id, secrets.controlKey),
    });

  const journal = (id: string): Promise<JournalRow[]> =>
    database.query<JournalRow>('select * from payout_events where payout_id = $1 order by id', [
      id,
    ]);

  return {
    app,
    clock,
    simulator,
    database,
    during,
    create: async (changes = {}) => {
      const wanted = request(changes);
      const created = await createPayout(app, {
        request: wanted,
        body: { reference: wanted.reference },
        apiKeyName: 'test',
        idempotencyKey: wanted.reference,
      });
      return created.stored.payout.id;
    },
    authorize: async (id) => (await authorizePayout(app, commanding(id))).payout,
    cancel: async (id) => (await cancelPayout(app, commanding(id))).payout,
    stored,
    payout,
    runNow,
    restartBreaker: () => {
      endpoint.checks = startBreaker(clock, breakerStore);
    },
    runOther: other.runNow,
    runNext,
    runUntil,
    runUntilStatus: (id, status) => runUntil(id, (seen) => seen.status === status),
    runFor: async (id, ms) => {
      const end = clock.now() + ms;
      for (;;) {
        const { dueAt } = await stored(id);
        if (dueAt === null || dueAt > end) break;
        await runNext(id);
      }
      clock.advanceTo(end);
    },
    journal,
    path: async (id) => {
      const statuses = (await journal(id)).map(({ status }) => status);
      return statuses.filter((status, index) => status !== statuses[index - 1]);
    },
    calls: (id) => callsOf(simulator, id),
    commands: (id) => commandsOf(simulator, id),
    payments: (id) => paymentsOf(simulator, id),
    attention: async (id) => (await payout(id)).attention.map(({ code }) => code),
    signed,
    callback: async (id, changes = {}) => {
      const clientOrderId = (await findPayout(app.db, id))?.payout.clientOrderId ?? id;
      const orders = simulator.control.orders();
      const order = orders.findLast((one) => one.clientOrderId === clientOrderId);
      const { status = 'approved', orderid = order?.orderId ?? '0' } = changes;
      const query = signed({ id: clientOrderId, status, orderid });
      for (const [name, value] of Object.entries(changes)) query.set(name, value);
      return takeCallback(app, ENDPOINT, { query, body: null });
    },
    close: async () => {
      await close();
      await app.db.close();
      await simulator.close();
      await database.drop();
    },
  };
}
