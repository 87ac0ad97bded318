/**
 * The heartbeat with the database: every 2 s, and right after a lost connection, it reads the
 * database's clock and checks that the server still keeps commits. The clock itself is in
 * `database-clock.ts`, and `replies-from.ts` decides which replies count. Leases have a heartbeat
 * of their own, in `service/leased-runner.ts`.
 */

import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../log.ts';
import type { Database } from '../../store/database/pool.ts';
import { DatabaseUnfit } from '../../store/database/session.ts';
import { bringForward } from '../../store/payouts/due-times.ts';
import { createDatabaseClock, type DatabaseClock } from './database-clock.ts';
import { createRepliesFrom } from './replies-from.ts';

export type Heartbeat = Pick<DatabaseClock, 'clock' | 'skewMs' | 'isTrusted' | 'problem'> & {
  /** Replies requested earlier are from before a lost connection; see `replies-from.ts`. */
  repliesFrom(): number;
  /**
   * Makes one heartbeat; resolves to whether it was answered. The first one has to be, before any
   * part reads the time.
   */
  run(): Promise<boolean>;
  start(): void;
  /** Waits for the heartbeats in flight. */
  stop(): Promise<void>;
};

const HEARTBEAT_EVERY_MS = 2000;
/**
 * While the database is away, each heartbeat loses a connection, and must not cause the next one
 * immediately.
 */
const HEARTBEAT_AGAIN_MS = 500;
/** A heartbeat without an answer must not delay the next one, nor may such ones fill the pool. */
const IN_FLIGHT_MAX = 3;

/** Logs a problem when it begins, changes or ends; other figures do not make it another one. */
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

/** When heartbeats are made: regularly, and shortly after a call of `soon`. */
function createHeartbeatTimes(run: () => Promise<unknown>, monotonic: () => number) {
  let begunAt = Number.NEGATIVE_INFINITY;
  let regular: NodeJS.Timeout | null = null;
  let early: NodeJS.Timeout | null = null;
  const inFlight = new Set<Promise<unknown>>();
  const begin = (): void => {
    if (inFlight.size >= IN_FLIGHT_MAX) return;
    begunAt = monotonic();
    const heartbeat = run().finally(() => inFlight.delete(heartbeat));
    inFlight.add(heartbeat);
  };
  const beginEarly = (): void => {
    early = null;
    begin();
  };
  return {
    soon: (): void => {
      if (regular === null || early !== null) return;
      early = setTimeout(beginEarly, Math.max(0, begunAt + HEARTBEAT_AGAIN_MS - monotonic()));
    },
    start: (): void => {
      regular ??= setInterval(begin, HEARTBEAT_EVERY_MS);
    },
    stop: async (): Promise<void> => {
      if (regular !== null) clearInterval(regular);
      if (early !== null) clearTimeout(early);
      regular = null;
      await Promise.all(inFlight);
    },
  };
}

/** Checks that the server keeps commits, and reads its clock; logs each change once. */
function createReading(db: Database, log: Log) {
  const complain = createComplaint(log, 'The database server keeps commits again.');
  return async (onSent: () => void): Promise<number> => {
    try {
      const now = await db.examine(onSent);
      complain(null);
      return now;
    } catch (error) {
      // That the database is away is logged by every part that needs it.
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

  const run = async (): Promise<boolean> => {
    const losses = db.losses();
    const isAnswered = await databaseClock.measure();
    if (isAnswered) {
      repliesFrom.confirm(losses);
      complain(databaseClock.problem(), { delayMs: Math.round(databaseClock.skewMs()) });
    }
    return isAnswered;
  };
  const times = createHeartbeatTimes(run, () => machine.monotonic());
  db.onLost(() => {
    databaseClock.distrust();
    times.soon();
  });

  return {
    ...databaseClock,
    repliesFrom: repliesFrom.at,
    run,
    start: times.start,
    stop: times.stop,
  };
}
