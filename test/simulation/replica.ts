/**
 * One replica of the service: its real flow, runner, leases and gate over the simulated clock,
 * chance, database and network. Only what the service takes from its machine is put in its place
 * here.
 */

import type { KeyObject } from 'node:crypto';
import type { Endpoint, Flow } from '../../src/flow/flow.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import { type DuePayout, runDue } from '../../src/flow/run-due.ts';
import { AssertionFailed } from '../../src/lib/assert.ts';
import type { OutboundClient } from '../../src/lib/outbound.ts';
import type { Log } from '../../src/log.ts';
import type { Policy } from '../../src/payout/limits.ts';
import { createGatewayClient, type GatewayClient } from '../../src/payneteasy/client.ts';
import { createBrake } from '../../src/runner/brake.ts';
import { createGate, type Gate } from '../../src/runner/gate.ts';
import { createLeaseBook, type LeaseBook } from '../../src/runner/leases.ts';
import { createRunner } from '../../src/runner/runner.ts';
import {
  claimDue,
  extendLeases,
  type Held,
  LEASE_EXTENDED_EVERY_MS,
  LEASE_MS,
  postpone,
} from '../../src/store/leases.ts';
import type { Letter } from '../../src/payout/letter.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import type { Database } from '../../src/store/pool.ts';
import { createBatches } from '../../src/store/batches.ts';
import { createReceiverSeal, type DataKey } from '../../src/store/receiver-seal.ts';
import { createSimulatedDatabase, DATABASE_CLOCK } from './database.ts';
import type { Network } from './network.ts';
import type { Platform } from './platform.ts';
import { createProcess, type Process } from './process.ts';
import type { Scans } from './scan.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import { CONTROL_KEY, LOGIN } from './wire.ts';
import type { World } from './world.ts';

export const ENDPOINT = 'default';

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
  scans: Scans;
  letterScans: Scans;
  real: Database;
  isDatabaseAway: () => boolean;
  onWrite: Watcher['wrote'];
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
const SET_ASIDE_MS = 60_000;

/**
 * The real client; the world waits while it signs, which happens in another thread. Signatures take
 * turns, since threads do not end in an order that the seed decides: two commands begin in one
 * moment where one statement has committed both intents.
 */
function createClient(deps: ReplicaDeps, process: Process, flow: () => Flow): GatewayClient {
  const { world, network, settings } = deps;
  const signing: (() => void)[] = [];
  let signed: Promise<void> = Promise.resolve();
  const send = network.sender(process);
  const outbound: Pick<OutboundClient, 'send'> = {
    send: (request) => {
      const sent = send(request);
      if (request.headers['authorization'] !== undefined) signing.shift()?.();
      return sent;
    },
  };
  const client = createGatewayClient({
    outbound,
    baseUrl: 'https://gate.test/paynet',
    endpoint: { kind: 'endpoint', id: '1001' },
    login: LOGIN,
    controlKey: CONTROL_KEY,
    privateKey: settings.privateKey,
    accept: 'form',
    loginInCheck: false,
    clock: process.clock,
    randomHex: (count) => Buffer.from(flow().chance.bytes(count)).toString('hex'),
  });
  const held = <T, P extends { send(mayStillSend: () => boolean): Promise<T> }>(
    prepared: P,
  ): P => ({
    ...prepared,
    send: async (mayStillSend: () => boolean) => {
      const release = world.hold();
      const before = signed;
      signed = new Promise((resolve) => {
        signing.push(() => {
          release();
          resolve();
        });
      });
      await before;
      return prepared.send(mayStillSend);
    },
  });
  return {
    preparePayoutCheck: (order) => held(client.preparePayoutCheck(order)),
    preparePayoutPay: (ids) => held(client.preparePayoutPay(ids)),
    status: (ids) => client.status(ids),
  };
}

/** Claims and handles as the service's own wiring does, with the same parts. */
function createWork(flow: Flow, book: LeaseBook, onAssertion: (message: string) => void) {
  const setAside = async (held: Held, error: unknown): Promise<void> => {
    onAssertion(`${held.id}: ${error instanceof Error ? error.message : 'unreadable'}`);
    await postpone(flow.db, held, new Date(flow.clock.now() + SET_ASIDE_MS));
  };
  return {
    claim: async (limit: number): Promise<DuePayout[]> => {
      const token = Buffer.from(flow.chance.bytes(TOKEN_BYTES)).toString('hex');
      const sinceMs = flow.clock.monotonic();
      const now = flow.clock.now();
      const claim = { endpoint: ENDPOINT, token, now, limit, leaseNow: flow.leaseNow() };
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

type Life = { flow: Flow; gate: Gate; notifier: Notifier };

function createLife(deps: ReplicaDeps, process: Process): Life {
  const { world, weather, platform, scans, letterScans, real, settings } = deps;
  const random = world.random.fork(`${deps.name}/life/${process.life()}`);
  const draw = (): number => random.next();
  const gate = createGate(
    { inFlightMax: IN_FLIGHT_MAX, perSecondMax: PER_SECOND_MAX },
    process.clock,
    draw,
  );
  const db = createSimulatedDatabase({
    world,
    weather,
    process,
    real,
    isAway: deps.isDatabaseAway,
    onWrite: deps.onWrite,
  });
  const endpoint: Endpoint = {
    name: ENDPOINT,
    client: createClient(deps, process, () => flow),
    gate,
    checks: createBrake(process.clock, draw),
    controlKey: CONTROL_KEY,
    callbackUrl: `https://payouts.test/callbacks/payneteasy/${ENDPOINT}`,
  };
  const leaseNow = (): Date => DATABASE_CLOCK;
  const flow: Flow = {
    db,
    batches: createBatches(db, leaseNow, settings.togetherMax),
    clock: process.clock,
    chance: { random: draw, bytes: random.bytes },
    policy: settings.policy,
    authorizationExpiryMs: settings.authorizationExpiryMs,
    endpoints: new Map([[ENDPOINT, endpoint]]),
    seal: createReceiverSeal(settings.dataKeys, random.bytes),
    log: settings.log,
    observe: observeNothing,
    returnBaseUrl: 'https://payouts.test/returns/payneteasy',
    leaseNow,
    sleep: (delayMs) => new Promise((resolve) => process.deliver(delayMs, 'has slept', resolve)),
    onDue: (_endpoint, delayMs) => scans.wake(process, delayMs),
    letters: settings.letters,
    onLetters: (delayMs) => letterScans.wake(process, delayMs),
  };
  const client = createPlatformClient({
    outbound: { send: platform.sender(process) },
    url: 'https://platform.test/UpdatePayout',
    secrets: [settings.webhookSecret],
    authorization: null,
    clock: process.clock,
  });
  return { flow, gate, notifier: createNotifier(flow, client) };
}

/** Rounds one after the other, with the beat that keeps their leases while one is under way. */
function startRounds(
  process: Process,
  rest: () => Promise<void>,
  round: () => Promise<unknown>,
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
  const lane = async (): Promise<void> => {
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
  for (let count = 0; count < LANES; count += 1) void lane();
}

/** Begins the work of one life: rounds of payouts, and rounds of letters. */
function startLife(deps: ReplicaDeps, process: Process, { flow, gate, notifier }: Life): void {
  const monotonic = () => flow.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendLeases(flow.db, held, flow.leaseNow()),
  });
  const report = (err: unknown): void => flow.log.error({ err }, 'Work failed.');
  const work = createWork(flow, book, deps.onAssertion);
  const runner = createRunner<DuePayout>({ work, capacity: gate, monotonic, onError: report });
  const restUntilOpen = async (): Promise<void> => {
    await deps.scans.rest(process);
    const opensAt = gate.opensAt();
    if (opensAt !== null) await flow.sleep(Math.max(1, Math.ceil(opensAt - monotonic())));
  };
  startRounds(process, restUntilOpen, runner.runOnce, book.extendAll, report);
  const restForLetters = (): Promise<void> => deps.letterScans.rest(process);
  startRounds(process, restForLetters, notifier.runOnce, notifier.keepLeases, report);
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
