/**
 * One replica of the service: its real flow, payout runners, notifier and limiters over the
 * simulated clock, timers, chance, database and network. Only what the service takes from its
 * machine is replaced here, and the time of each claim: `scan.ts` decides it, so that idle weeks
 * cost nothing.
 */

import type { KeyObject } from 'node:crypto';
import type { AppContext } from '../../src/flow/context.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import type { Chance } from '../../src/lib/clock.ts';
import type { Log } from '../../src/log.ts';
import type { Letter } from '../../src/payout/model/letter.ts';
import type { Policy } from '../../src/payout/model/limits.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';
import { praxisDialect } from '../../src/praxis/dialect.ts';
import type { ServedEndpoint } from '../../src/service/endpoints.ts';
import type { Timers } from '../../src/service/leased-runner.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import { createPayoutRunners, type PayoutRunners } from '../../src/service/payout-runners.ts';
import { createBatches } from '../../src/store/batches.ts';
import type { Database } from '../../src/store/database/pool.ts';
import { createRowSigner, type RowKey } from '../../src/store/integrity/row-signer.ts';
import { createReceiverSeal, type DataKey } from '../../src/store/payouts/receiver-seal.ts';
import type { Account } from './account.ts';
import { createSimulatedDatabase, DATABASE_CLOCK } from './database.ts';
import { createEndpoints } from './endpoints.ts';
import { createMachine, type Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { Platform } from './platform.ts';
import { createProcess, type Process } from './process.ts';
import type { ReadCache } from './read-cache.ts';
import type { Restores } from './restores.ts';
import type { Scans } from './scan.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Replica = {
  process: Process;
  /** The flow of its present life, once that has started and its heartbeat is recent. */
  app(): Promise<AppContext>;
  /** Throws where this replica may create nothing. */
  mayCreate(): Promise<void>;
  /** When a commit of its present life was last acknowledged; zero where none was. */
  committedAt(): number;
  /** Makes a heartbeat now, as a real service does every two seconds even without work. */
  heartbeat(): Promise<void>;
  /** Whether it lacks what every other one has. */
  isLacking(): boolean;
};

export type ReplicaDeps = {
  name: string;
  world: World;
  weather: Weather;
  network: Network;
  platform: Platform;
  /** One for each endpoint, as each has a runner of its own. */
  scans: ReadonlyMap<string, Scans>;
  notificationScans: Scans;
  real: Database;
  reads: ReadCache;
  isDatabaseAway: () => boolean;
  historyNo: Restores['historyNo'];
  asFound: Restores['asFound'];
  onWrite: Watcher['wrote'];
  findsNothing: Watcher['findsNothing'];
  onHeartbeat: Watcher['heartbeat'];
  /** What it is configured with, read at each start. */
  accounts: () => readonly Account[];
  settings: {
    policy: Policy;
    authorizationExpiryMs: number;
    privateKey: KeyObject;
    dataKeys: readonly DataKey[];
    rowKeys: readonly RowKey[];
    letters: readonly Letter[];
    /** How many pieces of work that come at the same time share a statement. */
    batchMax: number;
    /** Calls of the gateway, for each endpoint. */
    perSecondMax: number;
    webhookSecret: string;
    log: Log;
  };
};

/** Rounds at the same time, as the real runner has several items in flight. */
const LANES = 2;

type Life = {
  committedAt: () => number;
  app: AppContext;
  machine: Machine;
  endpoints: readonly ServedEndpoint[];
  payoutRunners: PayoutRunners;
  notifier: Notifier;
  isNotifying: boolean;
};

function createLife(deps: ReplicaDeps, process: Process): Life {
  const { world, weather, platform, scans, notificationScans, real, settings } = deps;
  const random = world.random.fork(`${deps.name}/life/${process.life()}`);
  const draw = (): number => random.next();
  const raw = createSimulatedDatabase({
    world,
    weather,
    process,
    real,
    reads: deps.reads,
    isAway: deps.isDatabaseAway,
    log: settings.log,
    historyNo: deps.historyNo,
    asFound: deps.asFound,
    onWrite: deps.onWrite,
    findsNothing: deps.findsNothing,
    onHeartbeat: deps.onHeartbeat,
  });
  const chance: Chance = { random: draw, bytes: random.bytes };
  const accounts = deps.accounts();
  // The first start says that this installation notifies.
  const isNotifying = process.life() === 1 || !weather.happens('notify_unset');
  const sleep = (delayMs: number): Promise<void> =>
    new Promise((resolve) => process.deliver(delayMs, 'has slept', resolve));
  const { historyNo } = deps;
  const { log } = settings;
  const rows = createRowSigner(settings.rowKeys);
  const platformIs = isNotifying ? 'address' : 'unset';
  const machine = createMachine({
    process,
    raw,
    historyNo,
    accounts,
    log,
    rows,
    platform: platformIs,
    sleep,
  });
  const { db } = machine;
  let committedAt = 0;
  const onCommitted: typeof machine.history.onCommitted = (payoutId, revision, at) => {
    committedAt = world.now();
    machine.history.onCommitted(payoutId, revision, at);
  };
  const { clock } = machine.clock;
  const endpoints = createEndpoints({ ...deps, process, machine, accounts, chance });
  const leaseNow = (): Date => DATABASE_CLOCK;
  const app: AppContext = {
    db,
    batches: createBatches(db, leaseNow, {
      batchMax: settings.batchMax,
      onCommitted,
      witness: machine.history.witness,
      waitMaxMs: Infinity,
    }),
    clock,
    wall: () => process.clock.now(),
    isClockTrusted: machine.clock.isTrusted,
    ...machine.history,
    onCommitted,
    chance,
    policy: settings.policy,
    authorizationExpiryMs: settings.authorizationExpiryMs,
    cashierMayRelease: () => true,
    dialect: praxisDialect,
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])),
    seal: createReceiverSeal(settings.dataKeys, random.bytes),
    rows,
    log,
    observe: observeNothing,
    leaseNow,
    sleep,
    onDue: (endpoint, delayMs) => scans.get(endpoint)?.wake(process, delayMs),
    letters: settings.letters,
    onNotifications: (delayMs) => notificationScans.wake(process, delayMs),
  };
  const client = createPlatformClient({
    outbound: { send: platform.sender(process) },
    url: 'https://platform.test/UpdatePayout',
    secrets: [settings.webhookSecret],
    authorization: null,
    clock,
  });
  const timers: Timers = {
    after: (delayMs, act) => {
      process.deliver(delayMs, 'extends its leases', act);
      // Only a draining service cancels; a replica here ends by a crash.
      return () => undefined;
    },
  };
  return {
    app,
    machine,
    endpoints,
    payoutRunners: createPayoutRunners(app, endpoints, { onHistory: machine.learn, timers }),
    notifier: createNotifier(app, isNotifying ? client : null, timers),
    isNotifying,
    committedAt: () => committedAt,
  };
}

/** Runs `round` after `round`, each in two lanes, until this life of the process ends. */
function startLanes(process: Process, rest: () => Promise<void>, round: () => Promise<unknown>) {
  const begun = process.life();
  const lane = async (): Promise<void> => {
    for (;;) {
      await rest();
      if (process.life() !== begun) return;
      await round();
    }
  };
  for (let count = 0; count < LANES; count += 1) void lane();
}

/** Begins the work of one life: rounds of payouts, and rounds of notifications. */
function startLife(deps: ReplicaDeps, process: Process, life: Life): void {
  const { app, machine, endpoints, payoutRunners, notifier } = life;
  const report = (err: unknown): void => app.log.error({ err }, 'Work failed.');
  for (const { name, limiter } of endpoints) {
    const restUntilOpen = async (): Promise<void> => {
      await machine.started;
      await deps.scans.get(name)?.rest(process);
      const opensAt = limiter.opensAt();
      if (opensAt !== null) {
        await app.sleep(Math.max(1, Math.ceil(opensAt - app.clock.monotonic())));
      }
    };
    startLanes(process, restUntilOpen, () =>
      payoutRunners.runOnce(name, machine.keepUp).catch(report),
    );
  }
  const rest = async (): Promise<void> => {
    await machine.started;
    await deps.notificationScans.rest(process);
  };
  startLanes(process, rest, () => notifier.runOnce().catch(report));
}

export function createReplica(deps: ReplicaDeps): Replica {
  const { name, world, weather } = deps;
  const boot = (): void => {
    life = createLife(deps, process);
    startLife(deps, process, life);
  };
  const process = createProcess({ name, world, weather, boot });
  let life = createLife(deps, process);
  startLife(deps, process, life);
  return {
    process,
    app: async () => {
      const { app, machine } = life;
      await machine.started;
      await machine.keepUp();
      return app;
    },
    mayCreate: async () => {
      const refusal = await life.machine.createRefusal();
      if (refusal !== null) throw refusal;
    },
    committedAt: () => life.committedAt(),
    heartbeat: () => life.machine.heartbeat(),
    isLacking: () => !life.isNotifying,
  };
}
