/**
 * Business time: the database's clock, carried forward on this machine between readings, so that
 * all replicas measure ages alike whatever their own clocks say. And whether this machine's wall
 * clock is near enough to it that money may be moved: `send_before` and the signatures of calls are
 * judged by the wall clock. What came before what is never decided here: that is what the sequence
 * numbers of a row are for.
 */

import type { Clock } from '../../lib/clock.ts';

export type DatabaseClock = {
  /** `now()` is the database's time; `monotonic()` is this machine's. */
  clock: Clock;
  /**
   * Reads the database's clock: at the start, each heartbeat, and after a lost connection. A
   * reading that fails keeps the last one. Never rejects; whether the database answered, which an
   * answer to a question from before `distrust` does not count as.
   */
  measure(): Promise<boolean>;
  /** From now on the last reading does not count: another server may answer the next one. */
  distrust(): void;
  /** How far this machine's wall clock is ahead of the database's, in milliseconds. */
  skewMs(): number;
  /** Whether the skew is known, at this very moment, to be at most {@link SKEW_MAX_MS}. */
  isTrusted(): boolean;
  /** Why it is not, in a sentence that anybody may read; null while it is. */
  problem(): string | null;
};

export type DatabaseClockDeps = {
  /** This machine's wall clock, in milliseconds since 1970. */
  wall: () => number;
  /** Milliseconds that never jump. They may stand still while the machine is suspended. */
  monotonic: () => number;
  /**
   * Asks the database for its time, in milliseconds since 1970; rejects while it is away. Calls
   * `onSent` just before the question leaves: waiting for a connection says nothing of the time.
   */
  readNow: (onSent: () => void) => Promise<number>;
  /** Told of each reading by which time went back further than by its own inaccuracy. */
  onSteppedBack?: (byMs: number) => void;
};

/** Rule 19: beyond this a replica commits no intent and expires nothing. */
export const SKEW_MAX_MS = 2000;

/**
 * A reading this old counts no more. Carried forward for a minute it would still be right to a few
 * milliseconds; but a heartbeat that has failed for so long means that the database is away, when
 * nothing can be committed anyway, or that something else is wrong.
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
  // A slow answer leaves open when it was true: the clocks may be that much further apart.
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

/** Asks once; null where no answer came. `at` is the monotonic time of the answer. */
async function ask({ wall, monotonic, readNow }: DatabaseClockDeps): Promise<Answer | null> {
  let sentAt = monotonic();
  let sentWall = wall();
  const onSent = (): void => {
    sentAt = monotonic();
    sentWall = wall();
  };
  const database = await readNow(onSent).catch(() => null);
  if (database === null) return null;
  const at = monotonic();
  // A machine that was suspended meanwhile counts the time of it by its wall clock only.
  return { database, at, tripMs: Math.max(at - sentAt, wall() - sentWall) };
}

/**
 * The clock of one process.
 *
 * Small corrections never take time back: where a reading is behind what was said before by no more
 * than {@link SKEW_MAX_MS}, `now()` stands still until real time has caught up. A database whose
 * clock was set back further is followed at once, since waiting would freeze every payout for as
 * long as it went back; ages may be negative then, and a negative age is never fresh. What is
 * scheduled in the time that was taken back is brought forward by `onSteppedBack`. Until the next
 * reading agrees nothing is trusted.
 */
export function createDatabaseClock(deps: DatabaseClockDeps): DatabaseClock {
  const { wall, monotonic, onSteppedBack } = deps;
  let reading: Reading | null = null;
  /** Why nothing is trusted until the next reading, whatever the clocks say. */
  let doubt: string | null = null;
  /** The latest time that was said; without a reading none was, since the wall clock's was said. */
  let said = Number.NEGATIVE_INFINITY;
  let begun = 0;
  let taken = 0;

  // guard: database-time
  const now = (): number => {
    // Before the first reading nothing is trusted, and the wall clock is the best there is.
    if (reading === null) return wall();
    said = Math.max(said, Math.floor(reading.offsetMs + monotonic()));
    return said;
  };

  /** Takes a new reading; true where it says that time went back. */
  const take = (next: Reading): boolean => {
    const backMs = said - (next.offsetMs + next.at);
    const inaccuracyMs = (reading?.errorMs ?? 0) + next.errorMs;
    reading = next;
    if (backMs <= SKEW_MAX_MS + inaccuracyMs) return false;
    said = Number.NEGATIVE_INFINITY;
    onSteppedBack?.(backMs);
    return true;
  };

  const measure = async (): Promise<boolean> => {
    begun += 1;
    const number = begun;
    const answer = await ask(deps);
    // Overtaken by the answer to a later question, or asked before a loss: tells nothing any more.
    if (answer === null || number <= taken) return false;
    const { database, at, tripMs } = answer;
    const errorMs = tripMs / 2;
    taken = number;
    if (errorMs <= SKEW_MAX_MS) {
      doubt = take({ offsetMs: database + errorMs - at, errorMs, at }) ? READ_AGAIN : null;
      return true;
    }
    doubt = TOO_SLOW;
    // An older, quicker answer is the better one. The first one has to do: by the wall clock, where
    // that is possible.
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
