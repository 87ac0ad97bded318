/**
 * The database goes back to an earlier state: a backup is restored, a standby that lagged takes
 * over, a disk is set back, or a server comes back without its last commits. Everybody outside goes
 * on: callers repeat what they asked for, people say what they said, and an operator ends the epoch
 * that the service has begun by itself or by that operator's command.
 */

import type { QueryResultRow } from 'pg';
import type { Database } from '../../src/store/database/pool.ts';
import type { Door } from './door.ts';
import { createKeep } from './keep.ts';
import type { Process } from './process.ts';
import type { ReadCache } from './read-cache.ts';
import type { Replica } from './replica.ts';
import { beginHistory, endHistory } from './service-parts.ts';
import type { Seen, Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

/**
 * - `dump`: into a new database. `timeline`: to a point in time, or a standby that lagged.
 * - `disk`: nothing of the server shows it, and no process lives through it.
 * - `commits`: a server that lost what it had acknowledged last; the processes live on.
 */
export type RestoreKind = 'dump' | 'timeline' | 'disk' | 'commits';

export type Restore = {
  kind: RestoreKind;
  /** The state of that moment came back at this one. */
  keptAt: number;
  at: number;
  /** When the operator said that payments may go on; null before it. */
  endedAt: number | null;
};

export type Restores = {
  done: readonly Restore[];
  isDatabaseAway(): boolean;
  isGatewayAway(): boolean;
  historyNo(): number;
  asFound<T extends QueryResultRow>(rows: readonly T[]): T[];
  /** Told when the database is back, so that others go on. */
  onRestored(listener: () => void): void;
  pending(): number;
};

export type RestoresDeps = {
  world: World;
  weather: Weather;
  real: Database;
  reads: ReadCache;
  watcher: Watcher;
  replicas: () => readonly Replica[];
  door: () => Door;
  /** When the database is back that another outage has taken away at this moment. */
  databaseBackAt: (at: number) => number;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Commits that a server may lose: of its last seconds, or the last one alone. */
const COMMITS_WITHIN_MS = 3 * SECOND;
/** What was just committed may be an intent, whose call is then under way. */
const LAST_COMMIT_WITHIN_MS = 60;
/** How long the database is away, and how much longer stopped processes are. */
const AWAY_MS = [300, 20_000] as const;
const STOPPED_MS = [1000, 30_000] as const;
const HEARTBEAT_MS = 2000;
/** What took the database away took the line to the gateway away too, and that for longer. */
const LINE_AWAY_SHARE = 0.5;
const LINE_AWAY_MS = [5000, 60_000] as const;
/** Within this a witness has looked, also where a heartbeat or two failed. */
const WITNESS_MS = 8 * SECOND;
/** In a life of a payout these moments matter most: what follows them is what gets lost. */
const MOMENTS: ReadonlySet<string> = new Set([
  'requested',
  'checking',
  'bank_confirming',
  'bank_confirmed',
  'paying',
  'processing',
]);

type Plan = { kind: RestoreKind; kept: { at: number; id: string } | null };

const NAMES = ['found_timeline', 'found_database'] as const;

/** Another number of the same kind. */
const moved = (value: unknown, by: number): unknown =>
  typeof value !== 'string' || by === 0
    ? value
    : (Number.parseInt(value, 16) + by).toString(16).toUpperCase().padStart(value.length, '0');

export function createRestores(deps: RestoresDeps): Restores {
  const { world, weather, real, watcher } = deps;
  const random = world.random.fork('restores');
  const moments = world.random.fork('restores/moments');
  const keep = createKeep(real);
  const done: Restore[] = [];
  const listeners: (() => void)[] = [];
  const shifts = { found_timeline: 0, found_database: 0 };
  let awayUntil = 0;
  let lineAwayUntil = 0;
  let pending = 0;
  let busy = false;

  const plans: Plan[] = [];
  if (weather.happens('commits_lost')) plans.push({ kind: 'commits', kept: null });
  if (weather.happens('history_restored')) {
    plans.push({ kind: random.pick(['dump', 'timeline', 'timeline', 'disk']), kept: null });
  }
  // Now and then a payout's own first moments are what is lost.
  const laterBy = random.pick([MINUTE, 20 * MINUTE, 120 * MINUTE]);

  const untilAnswered = async (label: string, act: Parameters<Door['ask']>[1]): Promise<void> => {
    for (;;) {
      const reply = await deps.door().ask(label, act);
      if (reply.kind === 'answered' || reply.kind === 'problem') return;
      await world.sleep(SECOND, `${label} again`);
    }
  };

  /** The operator looks at what is there, and says some time later that payments may go on. */
  const endEpoch = async (restore: Restore): Promise<void> => {
    await world.sleep(random.int(20 * SECOND, random.pick([2 * MINUTE, laterBy])), 'operator ends');
    await untilAnswered('after-restore', (app) => endHistory(app, 'operator'));
    restore.endedAt = world.now();
    pending -= 1;
  };

  /** Whether it was told of a commit that the copy does not have. */
  const knowsLost = ({ process, committedAt }: Replica, keptAt: number): boolean =>
    watcher
      .ids()
      .flatMap((id) => watcher.history(id))
      .some(({ writer, at }) => writer === process.name && at > keptAt && at <= committedAt());

  /**
   * Commits that a server lost are noticed by a process that knows one of them and lives on: that
   * is promised, and no more. One of those that know is kept alive until it had time to look; null
   * where none knows.
   */
  const keepWitness = (keptAt: number, awayFor: number): Process | null => {
    const backAt = deps.databaseBackAt(world.now() + awayFor);
    const knowing = deps
      .replicas()
      .filter((replica) => replica.process.isAlive() && knowsLost(replica, keptAt))
      .filter(({ process }) => !process.isStopped(backAt));
    if (knowing.length === 0) return null;
    const { process } = random.pick(knowing);
    process.shield(backAt + WITNESS_MS);
    return process;
  };

  /** Every process has a heartbeat every two seconds, also those that have nothing to do. */
  const beatAll = (awayFor: number): void => {
    for (const { process, heartbeat } of deps.replicas()) {
      for (const no of [1, 2, 3]) {
        const delayMs = awayFor + random.int(0, HEARTBEAT_MS) + (no - 1) * HEARTBEAT_MS;
        process.deliver(delayMs, 'heartbeat', () => void heartbeat());
      }
    }
  };

  const restore = async ({ kind, kept }: Plan): Promise<void> => {
    if (kept === null || weather.isClear()) return;
    const awayFor = random.int(...AWAY_MS);
    // The other two show by themselves that the history is another one.
    const needsWitness = kind === 'commits' || kind === 'timeline';
    const witness = needsWitness ? keepWitness(kept.at, awayFor) : null;
    if (kind === 'commits' && witness === null) return;
    // On a new timeline, those that remember anything judge whether something is missing.
    const stopsAll = kind === 'disk' || (kind === 'timeline' && witness === null);
    awayUntil = world.now() + awayFor;
    if (moments.chance(LINE_AWAY_SHARE)) lineAwayUntil = awayUntil + moments.int(...LINE_AWAY_MS);
    for (const { process } of deps.replicas()) {
      const stops = stopsAll || (kind !== 'commits' && random.chance(0.4));
      if (stops && process !== witness) process.crash(awayFor + random.int(...STOPPED_MS));
    }
    await keep.restore();
    deps.reads.clear();
    if (kind === 'dump') shifts.found_database += 1;
    if (kind === 'timeline') shifts.found_timeline += 1;
    const restored: Restore = { kind, keptAt: kept.at, at: world.now(), endedAt: null };
    done.push(restored);
    world.note(`the database is as it was ${world.now() - kept.at} ms ago (${kind})`);
    await watcher.restored();
    if (kind === 'disk') {
      await beginHistory(real, new Date(world.now()));
      watcher.overtaken();
    }
    deps.reads.clear();
    beatAll(awayFor);
    for (const listener of listeners) listener();
    pending += 1;
    void endEpoch(restored);
  };

  const restoreIn = (delayMs: number, plan: Plan): void => {
    plans.splice(plans.indexOf(plan), 1);
    busy = true;
    world.in(delayMs, 'the database loses its history', async () => {
      await restore(plan);
      busy = false;
    });
  };

  const keepNow = (plan: Plan, id: string): void => {
    busy = true;
    world.in(random.int(0, 3), 'the database is copied', async () => {
      await keep.save();
      watcher.kept();
      plan.kept = { at: world.now(), id };
      busy = false;
      if (plan.kind !== 'commits') restoreIn(random.int(5 * SECOND, laterBy), plan);
    });
  };

  watcher.onSeen((seen: Seen) => {
    const [plan] = plans;
    if (busy || plan === undefined || seen.writer === 'restore') return;
    const { kept } = plan;
    if (kept !== null && world.now() - kept.at <= COMMITS_WITHIN_MS) {
      const within = moments.chance(0.5) ? LAST_COMMIT_WITHIN_MS : COMMITS_WITHIN_MS;
      if (seen.id === kept.id) restoreIn(random.int(0, within), plan);
    } else if (MOMENTS.has(seen.status) && random.chance(0.2)) keepNow(plan, seen.id);
  });

  return {
    done,
    isDatabaseAway: () => world.now() < awayUntil,
    isGatewayAway: () => world.now() < lineAwayUntil,
    historyNo: () => done.length,
    asFound: <T extends QueryResultRow>(rows: readonly T[]): T[] =>
      rows.map((row) => {
        const found = NAMES.filter((name) => name in row);
        if (found.length === 0) return row;
        return {
          ...row,
          ...Object.fromEntries(found.map((name) => [name, moved(row[name], shifts[name])])),
        };
      }),
    onRestored: (listener) => void listeners.push(listener),
    pending: () => pending,
  };
}
