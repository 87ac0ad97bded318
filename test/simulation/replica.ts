/**
 * One replica of the service: its real flow, runner, leases and gate over the simulated clock,
 * chance, database and network. Only what the service takes from its machine is put in its place
 * here.
 */

import type { KeyObject } from 'node:crypto';
import type { Flow } from '../../src/flow/flow.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import { type DuePayout, runDue } from '../../src/flow/run-due.ts';
import { AssertionFailed } from '../../src/lib/assert.ts';
import type { Chance } from '../../src/lib/clock.ts';
import type { Log } from '../../src/log.ts';
import type { Policy } from '../../src/payout/limits.ts';
import { createBrake } from '../../src/runner/brake.ts';
import { createGate } from '../../src/runner/gate.ts';
import { createLeaseBook, type LeaseBook } from '../../src/runner/leases.ts';
import { createRunner } from '../../src/runner/runner.ts';
import {
  claimDue,
  extendLeases,
  type Held,
  LEASE_EXTENDED_EVERY_MS,
  LEASE_MS,
  postpone,
  SET_ASIDE_MS,
} from '../../src/store/leases.ts';
import type { Letter } from '../../src/payout/letter.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';
import type { ServedEndpoint } from '../../src/service/endpoints.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import type { Database } from '../../src/store/pool.ts';
import { createBatches } from '../../src/store/batches.ts';
import { createReceiverSeal, type DataKey } from '../../src/store/receiver-seal.ts';
import type { Account } from './account.ts';
import { createClient, createSigning } from './client.ts';
import { createSimulatedDatabase, DATABASE_CLOCK } from './database.ts';
import type { Network } from './network.ts';
import type { Platform } from './platform.ts';
import { createProcess, type Process } from './process.ts';
import type { Restores } from './restores.ts';
import type { Scans } from './scan.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Replica = {
  process: Process;
  /** The flow of its present life. */
  flow(): Flow;
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
  isDatabaseAway: () => boolean;
  historyNo: Restores['historyNo'];
  asFound: Restores['asFound'];
  onWrite: Watcher['wrote'];
  /** What it is configured with, read at each start. */
  accounts: () => readonly Account[];
  settings: {
    policy: Policy;
    authorizationExpiryMs: number;
    privateKey: KeyObject;
    dataKeys: readonly DataKey[];
    letters: readonly Letter[];
    /** How many pieces of work that come at the same time share a statement. */
    togetherMax: number;
    webhookSecret: string;
    log: Log;
  };
  /** Told about a bug that the service itself noticed. */
  onAssertion: (message: string) => void;
};

/** Several rounds side by side, as the real runner has several items in flight. */
const LANES = 2;
const IN_FLIGHT_MAX = 8;
const PER_SECOND_MAX = 200;
const TOKEN_BYTES = 16;

/** Claims and handles as the service's own wiring does, with the same parts. */
function createWork(
  flow: Flow,
  endpoint: string,
  book: LeaseBook,
  onAssertion: (message: string) => void,
) {
  const setAside = async (held: Held, error: unknown): Promise<void> => {
    onAssertion(`${held.id}: ${error instanceof Error ? error.message : 'unreadable'}`);
    await postpone(flow.db, held, new Date(flow.clock.now() + SET_ASIDE_MS));
  };
  return {
    claim: async (limit: number): Promise<DuePayout[]> => {
      const token = Buffer.from(flow.chance.bytes(TOKEN_BYTES)).toString('hex');
      const sinceMs = flow.clock.monotonic();
      const now = flow.clock.now();
      const claim = { endpoint, token, now, limit, leaseNow: flow.leaseNow() };
      const { claimed, unreadable } = await claimDue(flow.db, claim);
      for (const { id, error } of unreadable) await setAside({ id, token }, error);
      return claimed.map((item) => ({
        ...item,
        lease: book.open(item.stored.payout.id, token, sinceMs),
      }));
    },
    handle: async (due: DuePayout): Promise<void> => {
      try {
        await runDue(flow, due);
      } catch (error) {
        if (!(error instanceof AssertionFailed)) throw error;
        await setAside(due.lease, error);
      } finally {
        book.close(due.lease);
      }
    },
  };
}

type Life = { flow: Flow; endpoints: readonly ServedEndpoint[]; notifier: Notifier };

/** Each account as an endpoint of this life; its budget is its own. */
function createEndpoints(
  { world, network, settings, accounts }: ReplicaDeps,
  process: Process,
  chance: Chance,
): ServedEndpoint[] {
  const signing = createSigning(world);
  return accounts().map((account) => ({
    name: account.endpoint,
    client: createClient({
      network,
      process,
      account,
      privateKey: settings.privateKey,
      signing,
      randomBytes: chance.bytes,
    }),
    gate: createGate(
      { inFlightMax: IN_FLIGHT_MAX, perSecondMax: PER_SECOND_MAX },
      process.clock,
      chance.random,
    ),
    checks: createBrake(process.clock, chance.random),
    controlKey: account.controlKey,
    callbackUrl: `https://payouts.test/callbacks/payneteasy/${account.endpoint}`,
  }));
}

function createLife(deps: ReplicaDeps, process: Process): Life {
  const { world, weather, platform, scans, letterScans, real, settings } = deps;
  const random = world.random.fork(`${deps.name}/life/${process.life()}`);
  const draw = (): number => random.next();
  const db = createSimulatedDatabase({
    world,
    weather,
    process,
    real,
    isAway: deps.isDatabaseAway,
    historyNo: deps.historyNo,
    asFound: deps.asFound,
    onWrite: deps.onWrite,
  });
  const chance: Chance = { random: draw, bytes: random.bytes };
  const endpoints = createEndpoints(deps, process, chance);
  const leaseNow = (): Date => DATABASE_CLOCK;
  const flow: Flow = {
    db,
    batches: createBatches(db, leaseNow, settings.togetherMax),
    clock: process.clock,
    chance,
    policy: settings.policy,
    authorizationExpiryMs: settings.authorizationExpiryMs,
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])),
    seal: createReceiverSeal(settings.dataKeys, random.bytes),
    log: settings.log,
    observe: observeNothing,
    returnBaseUrl: 'https://payouts.test/returns/payneteasy',
    leaseNow,
    sleep: (delayMs) => new Promise((resolve) => process.deliver(delayMs, 'has slept', resolve)),
    onDue: (endpoint, delayMs) => scans.get(endpoint)?.wake(process, delayMs),
    letters: weather.happens('notify_unset') ? [] : settings.letters,
    onLetters: (delayMs) => letterScans.wake(process, delayMs),
  };
  const client = createPlatformClient({
    outbound: { send: platform.sender(process) },
    url: 'https://platform.test/UpdatePayout',
    secrets: [settings.webhookSecret],
    authorization: null,
    clock: process.clock,
  });
  return { flow, endpoints, notifier: createNotifier(flow, client) };
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
function startLife(deps: ReplicaDeps, process: Process, { flow, endpoints, notifier }: Life): void {
  const monotonic = () => flow.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendLeases(flow.db, held, flow.leaseNow()),
  });
  const report = (err: unknown): void => flow.log.error({ err }, 'Work failed.');
  const all = endpoints.map(({ name, gate }): Rounds => {
    const work = createWork(flow, name, book, deps.onAssertion);
    const runner = createRunner<DuePayout>({ work, capacity: gate, monotonic, onError: report });
    const restUntilOpen = async (): Promise<void> => {
      await deps.scans.get(name)?.rest(process);
      const opensAt = gate.opensAt();
      if (opensAt !== null) await flow.sleep(Math.max(1, Math.ceil(opensAt - monotonic())));
    };
    return { rest: restUntilOpen, round: runner.runOnce };
  });
  startRounds(process, all, book.extendAll, report);
  const letters = { rest: () => deps.letterScans.rest(process), round: notifier.runOnce };
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
  return { process, flow: () => life.flow };
}
