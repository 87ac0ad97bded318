/**
 * One run: a seed becomes a world with a service in it, faults for a while, then clear weather
 * until everything has come to rest, and at the end the audit.
 */

import { createLogger } from '../../src/log.ts';
import type { Policy } from '../../src/payout/limits.ts';
import { createDatabase, type Database } from '../../src/store/pool.ts';
import { accountsOf } from './account.ts';
import { audit, type Violation } from './audit/audit.ts';
import { createEvidence } from './audit/evidence.ts';
import { createFeedReader } from './feed-reader.ts';
import { createFleet } from './fleet.ts';
import { createCallbacks } from './callbacks.ts';
import { createCallers, RECEIVER_MARK } from './callers.ts';
import { createDoor, type Door } from './door.ts';
import { createGateway } from './gateway.ts';
import { createNetwork } from './network.ts';
import { createOutages } from './outages.ts';
import { letters as allLetters } from '../../src/payout/letter.ts';
import { createNextVersion } from './next-version.ts';
import { createPeople } from './people.ts';
import { createPlatform } from './platform.ts';
import { createReplica, type Replica } from './replica.ts';
import { createRestores } from './restores.ts';
import { createScans } from './scan.ts';
import { signingKey } from './signing-key.ts';
import { isOfOtherGateway } from './audit/endpoints.ts';
import { createWatcher } from './watcher.ts';
import { createWeather, type FaultKind } from './weather.ts';
import { createWorld, START, type World } from './world.ts';

export type Report = {
  seed: number;
  payouts: number;
  faults: ReadonlyMap<FaultKind, number>;
  crashes: number;
  simulatedMs: number;
  events: number;
  /** One text for one course of events. */
  digest: string;
  violations: readonly Violation[];
  /** How many payouts ended in which status. */
  ends: ReadonlyMap<string, number>;
};

/** Signs the letters; part of what must not be seen. */
const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of the simulation only!').toString('base64')}`;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** After the weather cleared, everything has to come to rest within this. */
const REST_WITHIN_MS = 5 * DAY;
/** How long the ends are watched; the last two reach hours and days in which little is asked. */
const WATCH_MS = [
  // biome-ignore format: four of a kind.
  MINUTE,
  MINUTE,
  MINUTE,
  MINUTE,
  3 * HOUR,
  3 * HOUR,
  3 * HOUR,
  3 * HOUR,
  30 * HOUR,
  17 * DAY,
];
/** So many payouts where a run is about many. */
const CROWD = 60;
/** Calls per second of one replica, where creates go beyond it. */
const SHORT_BUDGET = 1;
/** How long a mistaken endpoint refuses every payout-check. */
const REFUSES_FOR_MS = [5 * MINUTE, 50 * MINUTE] as const;
/** What an operator leaves alone before looking at it. */
const OPERATOR_EVERY_MS = 2 * HOUR;

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

/** Empties every table of a run; the schema stays. */
export async function emptyDatabase(real: Database): Promise<void> {
  const { rows } = await real.query<{ tables: string }>({
    text: `select string_agg(format('%I', tablename), ', ' order by tablename) as tables
      from pg_tables where schemaname = 'public'
        and tablename not in ('pause', 'feed_head', 'installation', 'schema_migrations')`,
  });
  await real.query({ text: `truncate ${rows[0]?.tables ?? ''} restart identity cascade` });
  await real.query({
    text: `update pause set paused = false, since = to_timestamp(0);
      update feed_head set seq = 0;
      delete from installation; insert into installation default values`,
  });
}

/** The database of a worker; what is lost in a power cut is of no matter here. */
export function openRunDatabase(connectionString: string): Database {
  const url = new URL(connectionString);
  url.searchParams.set('options', '-c synchronous_commit=off');
  return createDatabase(url.href, () => undefined, { durable: false });
}

type Built = ReturnType<typeof build>;

/** Every part of the world, and the service in it. */
function build(seed: number, real: Database, echo: (line: string) => void) {
  const world = createWorld(String(seed), echo);
  const random = world.random.fork('run');
  const weather = createWeather(world.random.fork('weather'));
  const outages = createOutages(world, weather);
  const watcher = createWatcher(world, real);
  const restores = createRestores({
    world,
    weather,
    real,
    watcher,
    replicas: () => replicas,
    door: () => door,
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
    refusesUntil:
      weather.crowd === 'endpoint_mistaken' ? START + random.int(...REFUSES_FOR_MS) : 0,
    policy,
    onShown: (order) => bankShows.forEach((show) => show(order)),
  });
  const evidence = createEvidence(world, real);
  const network = createNetwork({
    world,
    weather,
    gateway,
    isGatewayAway: outages.isGatewayAway,
    onLeave: evidence.commandLeaves,
  });
  const platform = createPlatform(world, weather, outages.isPlatformAway);
  const scans = new Map(
    endpoints.map((endpoint) => [
      endpoint,
      createScans(world, `payouts of ${endpoint}`, watcher.nextDue(endpoint)),
    ]),
  );
  const letterScans = createScans(world, 'letters', watcher.nextLetter);
  const log = createLogger('debug', { write: (line) => evidence.logged(line) });
  const settings = {
    policy,
    authorizationExpiryMs: random.pick([10 * MINUTE, 2 * HOUR, 100 * HOUR]),
    privateKey: signingKey(),
    dataKeys: [{ id: 'k', key: world.random.fork('data key').bytes(32) }],
    log,
    letters: random.chance(0.8) ? allLetters : allLetters.filter(() => random.chance(0.6)),
    togetherMax: random.pick([1, 25, 25]),
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
      letterScans,
      real,
      isDatabaseAway: () => outages.isDatabaseAway() || restores.isDatabaseAway(),
      historyNo: restores.historyNo,
      asFound: restores.asFound,
      onWrite: watcher.wrote,
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
  const people = createPeople({ world, door, watcher, gateway, restores });
  const within = weather.crowd === 'creates_flood' ? 20 * SECOND : random.pick([5 * SECOND, 5 * MINUTE]);
  const count = weather.happens('creates_flood') || weather.happens('endpoint_mistaken') ? CROWD : random.int(2, 6);
  const callers = createCallers({ world, door, endpoints, count, withinMs: within });
  restores.onRestored(callers.again);
  const nextVersion = createNextVersion(world, weather, real, watcher);
  const feedReader = createFeedReader(world, door);
  const outside = { feedReader, nextVersion, accounts, fleet, restores, gateway, network, platform, callbacks, people, callers };
  return { ...outside, world, random, weather, watcher, evidence, settings, replicas };
}

/** Whether nothing is under way outside the service, so that only the service can move on. */
const isQuietOutside = ({ gateway, callbacks, people, callers, restores, fleet }: Built): boolean =>
  gateway.bank.pending() +
    callbacks.pending() +
    people.pending() +
    callers.pending() +
    restores.pending() +
    fleet.pending() ===
  0;

const isOrphaned = ({ fleet, watcher }: Built, payoutId: string): boolean =>
  isOfOtherGateway(fleet, watcher, payoutId);

const latestOf = ({ watcher }: Built) =>
  watcher.ids().flatMap((id) => watcher.history(id).at(-1) ?? []);

/** Those of a gateway that nobody uses any more wait for its return, which is none of a run's. */
const openPayouts = (built: Built) =>
  latestOf(built).filter((seen) => !seen.isFinal && !isOrphaned(built, seen.id));

/** Chaos, then clear weather, an operator who looks in now and then, and a while of watching. */
async function live(built: Built): Promise<{ clearedAt: number }> {
  const { world, random, weather, watcher, people, callers } = built;
  const stormMs = random.int(30 * SECOND, random.pick([5 * MINUTE, HOUR, 3 * HOUR]));
  await world.run(START + stormMs, () => false);
  weather.clearUp();
  for (const { process, isLacking } of built.replicas) {
    process.setClock();
    if (isLacking()) process.crash();
  }
  world.note('the weather clears up');
  const clearedAt = world.now();
  const until = world.now() + REST_WITHIN_MS;
  const isAtRest = (): boolean =>
    isQuietOutside(built) && openPayouts(built).length === 0 && watcher.pendingLetters() === 0;
  while (world.now() < until && !isAtRest()) {
    if (await world.run(Math.min(until, world.now() + OPERATOR_EVERY_MS), isAtRest)) break;
    if (!isQuietOutside(built)) continue;
    for (const seen of openPayouts(built)) if (seen.attention.length > 0) people.tidyUp(seen);
  }
  if (random.chance(0.7)) {
    for (const seen of latestOf(built)) {
      if (seen.attention.includes('notification_parked')) people.redeliver(seen);
    }
  }
  const watchMs = random.pick(WATCH_MS);
  await world.run(world.now() + watchMs, () => false);
  callers.readAll();
  await world.run(world.now() + 2 * MINUTE, () => false);
  return { clearedAt };
}

function reportOf(seed: number, built: Built, violations: readonly Violation[]): Report {
  const { world, weather, watcher, replicas } = built;
  const ends = new Map<string, number>();
  for (const id of watcher.ids()) {
    const status = watcher.history(id).at(-1)?.status ?? 'none';
    ends.set(status, (ends.get(status) ?? 0) + 1);
  }
  return {
    seed,
    payouts: watcher.ids().length,
    faults: weather.counts,
    crashes: replicas.reduce((sum, { process }) => sum + process.crashes(), 0),
    simulatedMs: world.now() - START,
    events: world.events(),
    digest: world.digest(),
    violations,
    ends,
  };
}

/** Runs one seed in an empty database. */
export async function runSeed(
  seed: number,
  real: Database,
  echo: (line: string) => void = () => undefined,
): Promise<Report> {
  await emptyDatabase(real);
  const built = build(seed, real, echo);
  const { clearedAt } = await live(built);
  const violations = await audit({
    real,
    world: built.world,
    weather: built.weather,
    clearedAt,
    replicas: built.replicas.length,
    crashes: built.replicas.reduce((sum, { process }) => sum + process.crashes(), 0),
    evidence: built.evidence,
    watcher: built.watcher,
    gateway: built.gateway,
    exchanges: built.network.exchanges,
    callers: built.callers,
    callbacks: built.callbacks,
    people: built.people,
    restores: built.restores.done,
    nextVersion: built.nextVersion,
    feedReader: built.feedReader,
    fleet: built.fleet,
    policy: built.settings.policy,
    letters: built.settings.letters,
    platform: built.platform,
    secrets: [
      RECEIVER_MARK,
      WEBHOOK_SECRET,
      ...built.accounts.map(({ controlKey }) => controlKey),
    ],
  });
  return reportOf(seed, built, violations);
}
