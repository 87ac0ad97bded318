/**
 * Business time: the database's clock, carried forward on this machine between readings, so that
 * all replicas measure the same ages whatever their own clocks show. It also decides whether this
 * machine's wall clock is close enough to move money: `send_before` and the signatures of calls are
 * judged by the wall clock. The order of events is never decided by time: the sequence numbers of a
 * row decide it, in `payout/policy/attempts-and-polls.ts`.
 */

import type { Clock } from '../../lib/clock.ts';

export type DatabaseClock = {
  /** `now()` is the database's time; `monotonic()` is this machine's. */
  clock: Clock;
  /**
   * Reads the database's clock: at the start, at each heartbeat, and after a lost connection. A
   * reading that fails keeps the last one. Never rejects; resolves to whether the database
   * answered. An answer to a request from before `distrust` does not count.
   */
  measure(): Promise<boolean>;
  /** The last reading no longer counts: another server may answer the next one. */
  distrust(): void;
  /** How far this machine's wall clock is ahead of the database's, in milliseconds. */
  skewMs(): number;
  /** Whether the skew is known, at this very moment, to be at most {@link SKEW_MAX_MS}. */
  isTrusted(): boolean;
  /** Why it is not trusted, in a public sentence; null while it is. */
  problem(): string | null;
};

export type DatabaseClockDeps = {
  /** This machine's wall clock, in milliseconds since 1970. */
  wall: () => number;
  /** Milliseconds that never jump. They may stand still while the machine is suspended. */
  monotonic: () => number;
  /**
   * Reads the database's time, in milliseconds since 1970; rejects while it is away. Calls `onSent`
   * just before the request leaves: the wait for a connection is no part of the round trip.
   */
  readNow: (onSent: () => void) => Promise<number>;
  /** Called for each reading that sets time back by more than its own inaccuracy. */
  onSteppedBack?: (byMs: number) => void;
};

/** Rule 19: beyond this a replica commits no intent and expires nothing. */
export const SKEW_MAX_MS = 2000;

/**
 * A reading older than this no longer counts. Carried forward for a minute it would still be right
 * to a few milliseconds. But a heartbeat that has failed for so long means that the database is
 * away, when nothing can be committed anyway, or that something else is wrong.
 */
const MEASURED_WITHIN_MS = 15_000;

const TOO_SLOW = 'The database answers too slowly for its clock to be known.';
const READ_AGAIN = "The database's clock has to be read again.";

type Reading = {
  /** Database time minus monotonic time. */
  offsetMs: number;
  /** Half of the round trip: the reading was made at some moment of it. */
  errorMs: number;
  /** Monotonic time at which its answer came. */
  at: number;
};

type Trust = { skewMs: number; problem: string | null };

const seconds = (ms: number): string => (Math.abs(ms) / 1000).toFixed(1);

function judge(reading: Reading | null, now: number, wallNow: number, monotonicNow: number): Trust {
  if (reading === null) {
    return { skewMs: 0, problem: "The database's clock has not been read." };
  }
  const skewMs = wallNow - now;
  if (Math.abs(skewMs) > SKEW_MAX_MS) {
    const problem = `This machine's clock differs from the database's by ${seconds(skewMs)} s.`;
    return { skewMs, problem };
  }
  // A slow answer may have been true at any moment of its round trip: the clocks may differ by that
  // much more.
  if (Math.abs(skewMs) + reading.errorMs > SKEW_MAX_MS) {
    return { skewMs, problem: 'The database answers too slowly for its clock to be known.' };
  }
  if (monotonicNow - reading.at > MEASURED_WITHIN_MS) {
    const ageMs = monotonicNow - reading.at;
    return { skewMs, problem: `The database's clock was last read ${seconds(ageMs)} s ago.` };
  }
  return { skewMs, problem: null };
}

type Answer = { database: number; at: number; tripMs: number };

/** Reads once; null if no answer came. `at` is the monotonic time of the answer. */
async function read({ wall, monotonic, readNow }: DatabaseClockDeps): Promise<Answer | null> {
  let sentAt = monotonic();
  let sentWall = wall();
  const onSent = (): void => {
    sentAt = monotonic();
    sentWall = wall();
  };
  const database = await readNow(onSent).catch(() => null);
  if (database === null) return null;
  const at = monotonic();
  // If the machine was suspended during the call, only its wall clock has counted that time.
  return { database, at, tripMs: Math.max(at - sentAt, wall() - sentWall) };
}

/**
 * The clock of one process.
 *
 * Small corrections never set time back: if a reading is behind the latest `now()` by no more than
 * {@link SKEW_MAX_MS}, `now()` stands still until real time has caught up. A database whose clock
 * was set back further is followed immediately, since waiting would freeze every payout for as long
 * as the clock went back. Ages may be negative then, and a negative age is never fresh. Due times
 * that lie in the repeated time are brought forward by `onSteppedBack`. Until the next reading
 * agrees, nothing is trusted.
 */
export function createDatabaseClock(deps: DatabaseClockDeps): DatabaseClock {
  const { wall, monotonic, onSteppedBack } = deps;
  let reading: Reading | null = null;
  /** Why nothing is trusted until the next reading, whatever the clocks say. */
  let doubt: string | null = null;
  /** The latest time that `now()` returned from a reading; the wall clock's times do not count. */
  let latest = Number.NEGATIVE_INFINITY;
  let begun = 0;
  let taken = 0;

  // guard: database-time
  const now = (): number => {
    // Before the first reading nothing is trusted, and the wall clock is the best estimate.
    if (reading === null) return wall();
    latest = Math.max(latest, Math.floor(reading.offsetMs + monotonic()));
    return latest;
  };

  /** Takes a new reading; returns whether it sets time back. */
  const take = (next: Reading): boolean => {
    const backMs = latest - (next.offsetMs + next.at);
    const inaccuracyMs = (reading?.errorMs ?? 0) + next.errorMs;
    reading = next;
    if (backMs <= SKEW_MAX_MS + inaccuracyMs) return false;
    latest = Number.NEGATIVE_INFINITY;
    onSteppedBack?.(backMs);
    return true;
  };

  const measure = async (): Promise<boolean> => {
    begun += 1;
    const number = begun;
    const answer = await read(deps);
    // The answer to a later request came first, or this one is from before a loss: it is worthless.
    if (answer === null || number <= taken) return false;
    const { database, at, tripMs } = answer;
    const errorMs = tripMs / 2;
    taken = number;
    if (errorMs <= SKEW_MAX_MS) {
      doubt = take({ offsetMs: database + errorMs - at, errorMs, at }) ? READ_AGAIN : null;
      return true;
    }
    doubt = TOO_SLOW;
    // An older, quicker answer is the better one. Without one, this answer is used: the wall
    // clock's time if that lies within the round trip, else the nearest time that does.
    const nearest = Math.min(Math.max(wall(), database), database + tripMs);
    if (reading === null) take({ offsetMs: nearest - at, errorMs, at });
    return true;
  };

  const trust = (): Trust => {
    const judged = judge(reading, now(), wall(), monotonic());
    return { ...judged, problem: judged.problem ?? doubt };
  };

  return {
    clock: { now, monotonic },
    measure,
    distrust: () => {
      taken = begun;
      doubt = READ_AGAIN;
    },
    skewMs: () => trust().skewMs,
    // guard: clock-is-trusted
    isTrusted: () => trust().problem === null,
    problem: () => trust().problem,
  };
}
