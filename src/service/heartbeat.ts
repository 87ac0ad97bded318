/**
 * The heartbeat with the database: every 2 s, and right after a lost connection, it reads the
 * database's clock and sees whether the server still keeps commits. The clock itself is
 * database-clock.ts, the line for replies is replies-from.ts; leases have a heartbeat of their own.
 */

import type { Clock } from '../lib/clock.ts';
import type { Log } from '../log.ts';
import { bringForward } from '../store/due-times.ts';
import type { Database } from '../store/pool.ts';
import { DatabaseUnfit } from '../store/session.ts';
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

const BEAT_EVERY_MS = 2000;
/** While the database is away each beat loses a connection itself, and must not ask for the next. */
const BEAT_AGAIN_MS = 500;
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

export function createHeartbeat(db: Database, machine: Clock, log: Log): Heartbeat {
  const complainOfServer = createComplaint(log, 'The database server keeps commits again.');
  const complainOfClock = createComplaint(log, "This machine's clock agrees with the database's.");

  const readNow = async (onSent: () => void): Promise<number> => {
    try {
      const now = await db.examine(onSent);
      complainOfServer(null);
      return now;
    } catch (error) {
      // A database that is away is told by everything that needs it.
      if (error instanceof DatabaseUnfit) complainOfServer(error.message);
      throw error;
    }
  };

  const onSteppedBack = (byMs: number): void => {
    log.error({ delayMs: Math.round(byMs) }, "The database's clock was set back.");
    const done = bringForward(db, databaseClock.clock.now(), byMs);
    done.catch((err: unknown) => log.error({ err }, 'Due times could not be brought forward.'));
  };

  const databaseClock = createDatabaseClock({
    wall: () => machine.now(),
    monotonic: () => machine.monotonic(),
    readNow,
    onSteppedBack,
  });
  const repliesFrom = createRepliesFrom({ losses: db.losses, now: databaseClock.clock.now });

  let begunAt = Number.NEGATIVE_INFINITY;
  const underWay = new Set<Promise<boolean>>();
  const beat = async (): Promise<boolean> => {
    begunAt = machine.monotonic();
    const losses = db.losses();
    const isAnswered = await databaseClock.measure();
    if (isAnswered) {
      repliesFrom.confirm(losses);
      complainOfClock(databaseClock.problem(), { delayMs: Math.round(databaseClock.skewMs()) });
    }
    return isAnswered;
  };
  const beatAside = (): void => {
    if (underWay.size >= UNDER_WAY_MAX) return;
    const beating = beat().finally(() => underWay.delete(beating));
    underWay.add(beating);
  };

  let isStarted = false;
  let regular: NodeJS.Timeout | null = null;
  let early: NodeJS.Timeout | null = null;
  db.onLost(() => {
    databaseClock.distrust();
    if (!isStarted || early !== null) return;
    const sinceMs = machine.monotonic() - begunAt;
    early = setTimeout(
      () => {
        early = null;
        if (isStarted) beatAside();
      },
      Math.max(0, BEAT_AGAIN_MS - sinceMs),
    );
  });

  return {
    ...databaseClock,
    repliesFrom: repliesFrom.at,
    beat,
    start: () => {
      isStarted = true;
      regular ??= setInterval(beatAside, BEAT_EVERY_MS);
    },
    stop: async () => {
      isStarted = false;
      if (regular !== null) clearInterval(regular);
      if (early !== null) clearTimeout(early);
      await Promise.all(underWay);
    },
  };
}
