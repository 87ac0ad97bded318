/**
 * One replica of the service: its real flow, runner, leases and limiter over the simulated clock,
 * chance, database and network. Only what the service takes from its machine is put in its place
 * here.
 */

import type { KeyObject } from 'node:crypto';
import type { AppContext } from '../../src/flow/context.ts';
import type { DuePayout } from '../../src/flow/gateway/run-due.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import type { Chance } from '../../src/lib/clock.ts';
import type { Log } from '../../src/log.ts';
import type { Letter } from '../../src/payout/model/letter.ts';
import type { Policy } from '../../src/payout/model/limits.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';
import { praxisDialect } from '../../src/praxis/dialect.ts';
import { createLeaseBook } from '../../src/runner/leases.ts';
import { createRunner } from '../../src/runner/runner.ts';
import type { ServedEndpoint } from '../../src/service/endpoints.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import { createPayoutWork } from '../../src/service/payout-runners.ts';
import { createBatches } from '../../src/store/batches.ts';
import type { Database } from '../../src/store/database/pool.ts';
import { extendLeases, LEASE_EXTENDED_EVERY_MS, LEASE_MS } from '../../src/store/payouts/leases.ts';
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
  /** Beats now, as a real one does every two seconds however little there is to do. */
  beat(): Promise<void>;
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
  letterScans: Scans;
  real: Database;
  reads: ReadCache;
  isDatabaseAway: () => boolean;
  historyNo: Restores['historyNo'];
  asFound: Restores['asFound'];
  onWrite: Watcher['wrote'];
  onBeat: Watcher['beats'];
  /** What it is configured with, read at each start. */
  accounts: () => readonly Account[];
  settings: {
    policy: Policy;
    authorizationExpiryMs: number;
    privateKey: KeyObject;
    dataKeys: readonly DataKey[];
    letters: readonly Letter[];
    /** How many pieces of work that come at the same time share a statement. */
    batchMax: number;
    /** Calls of the gateway, for each endpoint. */
    perSecondMax: number;
    webhookSecret: string;
    log: Log;
  };
};

/** Several rounds side by side, as the real runner has several items in flight. */
const LANES = 2;

type Life = {
  committedAt: () => number;
  app: AppContext;
  machine: Machine;
  endpoints: readonly ServedEndpoint[];
  notifier: Notifier;
  isNotifying: boolean;
};

function createLife(deps: ReplicaDeps, process: Process): Life {
  const { world, weather, platform, scans, letterScans, real, settings } = deps;
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
    onBeat: deps.onBeat,
  });
  const chance: Chance = { random: draw, bytes: random.bytes };
  const accounts = deps.accounts();
  // The first start says that this installation notifies.
  const isNotifying = process.life() === 1 || !weather.happens('notify_unset');
  const sleep = (delayMs: number): Promise<void> =>
    new Promise((resolve) => process.deliver(delayMs, 'has slept', resolve));
  const { historyNo } = deps;
  const { log } = settings;
  const platformIs = isNotifying ? 'address' : 'unset';
  const machine = createMachine({
    process,
    raw,
    historyNo,
    accounts,
    log,
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
    batches: createBatches(db, leaseNow, settings.batchMax, onCommitted, Infinity),
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
    log,
    observe: observeNothing,
    returnBaseUrl: 'https://payouts.test/returns/payneteasy',
    leaseNow,
    sleep,
    onDue: (endpoint, delayMs) => scans.get(endpoint)?.wake(process, delayMs),
    letters: settings.letters,
    onLetters: (delayMs) => letterScans.wake(process, delayMs),
  };
  const client = createPlatformClient({
    outbound: { send: platform.sender(process) },
    url: 'https://platform.test/UpdatePayout',
    secrets: [settings.webhookSecret],
    authorization: null,
    clock,
  });
  const notifier = createNotifier(app, isNotifying ? client : null);
  return { app, machine, endpoints, notifier, isNotifying, committedAt: () => committedAt };
}

type Rounds = { rest: () => Promise<void>; round: () => Promise<unknown> };

/** Rounds one after the other, with the beat that keeps their leases while one is under way. */
function startRounds(
  process: Process,
  all: readonly Rounds[],
  keepLeases: () => Promise<void>,
  report: (err: unknown) => void,
): void {
  const begun = process.life();
  let under = 0;
  let beating = false;
  const beat = (): void => {
    beating = under > 0;
    if (!beating) return;
    keepLeases().catch(report);
    process.deliver(LEASE_EXTENDED_EVERY_MS, 'extends its leases', beat);
  };
  const lane = async ({ rest, round }: Rounds): Promise<void> => {
    for (;;) {
      await rest();
      if (process.life() !== begun) return;
      under += 1;
      if (!beating) {
        beating = true;
        process.deliver(LEASE_EXTENDED_EVERY_MS, 'extends its leases', beat);
      }
      await round().catch(report);
      under -= 1;
    }
  };
  for (const rounds of all) {
    for (let count = 0; count < LANES; count += 1) void lane(rounds);
  }
}

/** Begins the work of one life: rounds of payouts, and rounds of letters. */
function startLife(deps: ReplicaDeps, process: Process, life: Life): void {
  const { app, machine, endpoints, notifier } = life;
  const monotonic = () => app.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendLeases(app.db, held, app.leaseNow()),
  });
  const report = (err: unknown): void => app.log.error({ err }, 'Work failed.');
  const all = endpoints.map((endpoint): Rounds => {
    const { name, limiter } = endpoint;
    const work = createPayoutWork(app, endpoint, book, machine.learn);
    const runner = createRunner<DuePayout>({ work, capacity: limiter, monotonic, onError: report });
    const restUntilOpen = async (): Promise<void> => {
      await machine.started;
      await deps.scans.get(name)?.rest(process);
      const opensAt = limiter.opensAt();
      if (opensAt !== null) await app.sleep(Math.max(1, Math.ceil(opensAt - monotonic())));
    };
    return {
      rest: restUntilOpen,
      round: async () => {
        await machine.keepUp();
        await runner.runOnce();
      },
    };
  });
  startRounds(process, all, book.extendAll, report);
  const letters: Rounds = {
    rest: async () => {
      await machine.started;
      await deps.letterScans.rest(process);
    },
    round: notifier.runOnce,
  };
  startRounds(process, [letters], notifier.keepLeases, report);
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
    beat: () => life.machine.beat(),
    isLacking: () => !life.isNotifying,
  };
}
