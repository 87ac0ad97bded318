/**
 * The heartbeat with the database: every 2 s, and right after a lost connection, it reads the
 * database's clock and sees whether the server still keeps commits. The clock itself is
 * database-clock.ts, the line for replies is replies-from.ts; leases have a heartbeat of their own.
 */

import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../log.ts';
import type { Database } from '../../store/database/pool.ts';
import { DatabaseUnfit } from '../../store/database/session.ts';
import { bringForward } from '../../store/payouts/due-times.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import { createRepliesFrom } from './replies-from.ts';

export type Heartbeat = Pick<DatabaseClock, 'clock' | 'skewMs' | 'isTrusted' | 'problem'> & {
  /** Replies requested earlier are from before a lost connection. See replies-from.ts. */
  repliesFrom(): number;
  /** Whether a beat was answered. The first one has to be, before anything asks for the time. */
  beat(): Promise<boolean>;
  start(): void;
  /** Waits for the beats under way. */
  stop(): Promise<void>;
};

const HEARTBEAT_EVERY_MS = 2000;
/** While the database is away each beat loses a connection, and must not ask for the next. */
const HEARTBEAT_AGAIN_MS = 500;
/** One that gets no answer must not keep the next from being asked, nor fill the pool. */
const UNDER_WAY_MAX = 3;

/** Logs what is wrong when it begins to be, changes or ends; figures in it do not count. */
function createComplaint(log: Log, allIsWell: string) {
  let last: string | null = null;
  return (problem: string | null, fields: object = {}): void => {
    const kind = problem?.replaceAll(/\d+(\.\d+)?/g, '#') ?? null;
    if (kind === last) return;
    last = kind;
    if (problem === null) log.info(fields, allIsWell);
    else log.error(fields, problem);
  };
}

/** When beats are made: regularly, and soon after `soon`. */
function createBeats(beat: () => Promise<unknown>, monotonic: () => number) {
  let begunAt = Number.NEGATIVE_INFINITY;
  let regular: NodeJS.Timeout | null = null;
  let early: NodeJS.Timeout | null = null;
  const underWay = new Set<Promise<unknown>>();
  const heartbeatAside = (): void => {
    if (underWay.size >= UNDER_WAY_MAX) return;
    begunAt = monotonic();
    const beating = beat().finally(() => underWay.delete(beating));
    underWay.add(beating);
  };
  const heartbeatEarly = (): void => {
    early = null;
    heartbeatAside();
  };
  return {
    soon: (): void => {
      if (regular === null || early !== null) return;
      early = setTimeout(heartbeatEarly, Math.max(0, begunAt + HEARTBEAT_AGAIN_MS - monotonic()));
    },
    start: (): void => {
      regular ??= setInterval(heartbeatAside, HEARTBEAT_EVERY_MS);
    },
    stop: async (): Promise<void> => {
      if (regular !== null) clearInterval(regular);
      if (early !== null) clearTimeout(early);
      regular = null;
      await Promise.all(underWay);
    },
  };
}

/** Sees whether the server keeps commits, and reads its clock; complains once per change. */
function createReading(db: Database, log: Log) {
  const complain = createComplaint(log, 'The database server keeps commits again.');
  return async (onSent: () => void): Promise<number> => {
    try {
      const now = await db.examine(onSent);
      complain(null);
      return now;
    } catch (error) {
      // A database that is away is told by everything that needs it.
      if (error instanceof DatabaseUnfit) complain(error.message);
      throw error;
    }
  };
}

export function createHeartbeat(db: Database, machine: Clock, log: Log): Heartbeat {
  const complain = createComplaint(log, "This machine's clock agrees with the database's.");
  const onSteppedBack = (byMs: number): void => {
    log.error({ delayMs: Math.round(byMs) }, "The database's clock was set back.");
    const done = bringForward(db, databaseClock.clock.now(), byMs);
    done.catch((err: unknown) => log.error({ err }, 'Due times could not be brought forward.'));
  };
  const databaseClock = createDatabaseClock({
    wall: () => machine.now(),
    monotonic: () => machine.monotonic(),
    readNow: createReading(db, log),
    onSteppedBack,
  });
  const repliesFrom = createRepliesFrom({ losses: db.losses, now: databaseClock.clock.now });

  const beat = async (): Promise<boolean> => {
    const losses = db.losses();
    const isAnswered = await databaseClock.measure();
    if (isAnswered) {
      repliesFrom.confirm(losses);
      complain(databaseClock.problem(), { delayMs: Math.round(databaseClock.skewMs()) });
    }
    return isAnswered;
  };
  const beats = createBeats(beat, () => machine.monotonic());
  db.onLost(() => {
    databaseClock.distrust();
    beats.soon();
  });

  return {
    ...databaseClock,
    repliesFrom: repliesFrom.at,
    beat,
    start: beats.start,
    stop: beats.stop,
  };
}
