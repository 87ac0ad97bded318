/**
 * One run: a seed becomes a world with a service in it, faults for a while, then clear weather
 * until everything has come to rest, and at the end the audit.
 */

import type { Database } from '../../src/store/database/pool.ts';
import { audit, type Violation } from './audit/audit.ts';
import { isOfOtherGateway } from './audit/endpoints.ts';
import { type Built, build, WEBHOOK_SECRET } from './build.ts';
import { RECEIVER_MARK } from './callers.ts';
import type { FaultKind } from './weather.ts';
import { START } from './world.ts';

export { openRunDatabase } from './connection.ts';

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

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** After the weather cleared, everything has to come to rest within this. */
const REST_WITHIN_MS = 5 * DAY;
/** How long the ends are watched; the last two reach hours and days in which little is polled. */
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
/** What an operator leaves alone before looking at it. */
const OPERATOR_EVERY_MS = 2 * HOUR;

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
      delete from installation;
      insert into installation (rows_signed_at) values (to_timestamp(0))`,
  });
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

/** Those of a gateway that is not used any more wait for its return, which is none of a run's. */
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
    crashes: replicas.reduce((sum, { process }) => sum + process.crashes().length, 0),
    simulatedMs: world.now() - START,
    events: world.events(),
    digest: world.digest(),
    violations,
    ends,
  };
}

function clockSetBack({ replicas }: Built, name: string, from: number, until: number): number {
  const off = replicas.find(({ process }) => process.name === name)?.process.off ?? [];
  const then = off.findLast(({ at }) => at <= from)?.ms ?? 0;
  const later = off.filter(({ at }) => at > from && at <= until).map(({ ms }) => ms);
  return Math.max(0, ...later.map((ms) => then - ms));
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
    crashes: built.replicas.flatMap(({ process }) => process.crashes()),
    clockSetBack: (name, from, until) => clockSetBack(built, name, from, until),
    evidence: built.evidence,
    watcher: built.watcher,
    gateway: built.gateway,
    exchanges: built.network.exchanges,
    callers: built.callers,
    callbacks: built.callbacks,
    people: built.people,
    restores: built.restores.done,
    nextVersion: built.nextVersion,
    intruder: built.intruder,
    feedReader: built.feedReader,
    fleet: built.fleet,
    policy: built.settings.policy,
    letters: built.settings.letters,
    platform: built.platform,
    secrets: [RECEIVER_MARK, WEBHOOK_SECRET, ...built.accounts.map(({ controlKey }) => controlKey)],
  });
  return reportOf(seed, built, violations);
}
