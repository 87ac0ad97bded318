/**
 * Every part of the world of one run, and the service in it.
 */

import { createLogger } from '../../src/log.ts';
import { letters as allLetters } from '../../src/payout/model/letter.ts';
import type { Policy } from '../../src/payout/model/limits.ts';
import type { Database } from '../../src/store/database/pool.ts';
import { accountsOf } from './account.ts';
import { createEvidence } from './audit/evidence.ts';
import { createCallbacks } from './callbacks.ts';
import { createCallers } from './callers.ts';
import { createDoor, type Door } from './door.ts';
import { createFeedReader } from './feed-reader.ts';
import { createFleet } from './fleet.ts';
import { createGateway } from './gateway.ts';
import { createIntruder } from './intruder.ts';
import { createNetwork } from './network.ts';
import { createNextVersion } from './next-version.ts';
import { createOutages } from './outages.ts';
import { createPeople } from './people.ts';
import { createPlatform } from './platform.ts';
import { createReadCache } from './read-cache.ts';
import { createReplica, type Replica } from './replica.ts';
import { createRestores } from './restores.ts';
import { createScans } from './scan.ts';
import { signingKey } from './signing-key.ts';
import { createWatcher } from './watcher.ts';
import { createWeather } from './weather.ts';
import { createWorld, START, type World } from './world.ts';

/** Signs the letters; part of what must not be seen. */
const WEBHOOK_KEY = Buffer.from('a secret of the simulation only!').toString('base64');
export const WEBHOOK_SECRET = `whsec_${WEBHOOK_KEY}`;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** So many payouts where a run is about many that are refused. */
const CROWD = 60;
/** Calls per second of one replica, where creates go beyond it, and so many creates for each. */
const SHORT_BUDGET = 1;
const FLOOD_OF_EACH = 30;
/** How long a mistaken endpoint refuses every payout-check. */
const REFUSES_FOR_MS = [5 * MINUTE, 50 * MINUTE] as const;
/** As documented, and slower ones, in which the same hours cost less to simulate. */
const POLL_MS = [
  [3000, 5000],
  [8000, 15_000],
  [15_000, 30_000],
] as const;

/** Above every code that the gateway has for anything else. */
const NOT_FOUND_CODE = '404';

const policyOf = (world: World): Policy => {
  const random = world.random.fork('policy');
  const [pollMinMs, pollMaxMs] = random.pick(POLL_MS);
  return {
    payRepeat: random.chance(0.85),
    repeatQuietMs: random.pick([600_000, 600_000, 60_000]),
    checkQuietMs: random.pick([60_000, 60_000, 600_000]),
    orderNotFoundCodes: random.chance(0.3) ? [NOT_FOUND_CODE] : [],
    errorMeansDeclined: random.chance(0.1),
    pollMinMs,
    pollMaxMs,
  };
};

export type Built = ReturnType<typeof build>;

/** Every part of the world, and the service in it. */
export function build(seed: number, real: Database, echo: (line: string) => void) {
  const world = createWorld(String(seed), echo);
  const random = world.random.fork('run');
  const weather = createWeather(world.random.fork('weather'));
  const outages = createOutages(world, weather);
  const reads = createReadCache(world.random.fork('reads'));
  const watcher = createWatcher(world, real);
  const restores = createRestores({
    world,
    weather,
    real,
    reads,
    watcher,
    replicas: () => replicas,
    door: () => door,
    databaseBackAt: outages.databaseBackAt,
  });
  const bankShows: ((order: Parameters<typeof callbacks.shown>[0]) => void)[] = [];
  const accounts = accountsOf(world.random.fork('accounts'));
  const endpoints = accounts.map(({ endpoint }) => endpoint);
  const policy = policyOf(world);
  const names = Array.from({ length: random.int(2, 3) }, (_, index) => `r${index + 1}`);
  const fleet = createFleet({
    world,
    weather,
    accounts,
    names,
    replicas: () => replicas,
    door: () => door,
  });
  const gateway = createGateway({
    world,
    weather,
    ledgerOf: fleet.ledgerOf,
    refusesUntil: weather.crowd === 'endpoint_mistaken' ? START + random.int(...REFUSES_FOR_MS) : 0,
    policy,
    onShown: (order) => bankShows.forEach((show) => show(order)),
  });
  const evidence = createEvidence(world, real);
  const network = createNetwork({
    world,
    weather,
    gateway,
    isGatewayAway: () => outages.isGatewayAway() || restores.isGatewayAway(),
    onLeave: evidence.commandLeaves,
  });
  const platform = createPlatform(world, weather, outages.isPlatformAway, watcher.letterClaim);
  const scans = new Map(
    endpoints.map((endpoint) => [
      endpoint,
      createScans(world, `payouts of ${endpoint}`, watcher.nextDue(endpoint)),
    ]),
  );
  const notificationScans = createScans(world, 'letters', watcher.nextLetter);
  const log = createLogger('debug', { write: (line) => evidence.logged(line) });
  const settings = {
    policy,
    authorizationExpiryMs: random.pick([10 * MINUTE, 2 * HOUR, 100 * HOUR]),
    privateKey: signingKey(),
    dataKeys: [{ id: 'k', key: world.random.fork('data key').bytes(32) }],
    rowKeys: [{ id: 'r', key: world.random.fork('row key').bytes(32) }],
    log,
    letters: random.chance(0.8) ? allLetters : allLetters.filter(() => random.chance(0.6)),
    batchMax: random.pick([1, 25, 25]),
    perSecondMax: weather.crowd === 'creates_flood' ? SHORT_BUDGET : 200,
    webhookSecret: WEBHOOK_SECRET,
  };
  const replicas: readonly Replica[] = names.map((name) =>
    createReplica({
      name,
      accounts: () => fleet.accountsOf(name),
      world,
      weather,
      network,
      platform,
      scans,
      notificationScans,
      real,
      reads,
      isDatabaseAway: () => outages.isDatabaseAway() || restores.isDatabaseAway(),
      historyNo: restores.historyNo,
      asFound: restores.asFound,
      onWrite: watcher.wrote,
      findsNothing: watcher.findsNothing,
      onHeartbeat: watcher.heartbeat,
      settings,
    }),
  );
  const door: Door = createDoor(world, weather, replicas);
  const callbacks = createCallbacks({ world, weather, door, fleet });
  bankShows.push(callbacks.shown, (order) => {
    const form = order.shown.at(-1)?.what.redirectTo;
    if (form === undefined) return;
    world.in(random.int(SECOND, 2 * HOUR), `receiver of ${order.id} fills in the form`, () => {
      gateway.bank.takeForm(order);
      callbacks.receiverReturns(order);
    });
  });
  const people = createPeople({ world, door, watcher, gateway, restores, endpoints });
  const within =
    weather.crowd === 'creates_flood' ? 20 * SECOND : random.pick([5 * SECOND, 5 * MINUTE]);
  const isFlood = weather.happens('creates_flood');
  const count = isFlood
    ? FLOOD_OF_EACH * names.length
    : weather.happens('endpoint_mistaken')
      ? CROWD
      : random.int(2, 6);
  // A flood is of one endpoint: each has a budget of its own.
  const wanted = isFlood ? endpoints.slice(0, 1) : endpoints;
  const callers = createCallers({ world, door, endpoints: wanted, count, withinMs: within });
  restores.onRestored(callers.again);
  restores.onRestored(fleet.restored);
  restores.onRestored(() => gateway.unlistSince(restores.done.at(-1)?.keptAt ?? START));
  const nextVersion = createNextVersion(world, weather, real, watcher);
  const intruder = createIntruder(world, weather, real, watcher);
  const feedReader = createFeedReader(world, door);
  const outside = {
    feedReader,
    intruder,
    nextVersion,
    accounts,
    fleet,
    restores,
    gateway,
    network,
    platform,
    callbacks,
    people,
    callers,
  };
  return { ...outside, world, random, weather, watcher, evidence, settings, replicas };
}
