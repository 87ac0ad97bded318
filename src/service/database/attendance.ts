/**
 * Whether this process watched the database until the database went away. A process that was
 * suspended, or had no CPU, has not seen what others committed in that time, and cannot conclude
 * that none of it is missing. A look without an answer counts as watching: the database was away,
 * not the process. `history.ts` uses the result.
 */

/** Two heartbeats of 2 s and their answers. */
const GAP_MAX_MS = 5000;

export type Attendance = {
  /** Begins a look; returns when. */
  begin(): number;
  /** The look that began at that time was answered. */
  answered(begunAt: number): void;
  /** Whether the first look without an answer followed the last one with an answer in time. */
  isUnbroken(): boolean;
};

/** `monotonic` is in milliseconds. */
export function createAttendance(monotonic: () => number): Attendance {
  let lastAnswered = Number.NEGATIVE_INFINITY;
  let firstUnanswered: number | null = null;
  return {
    begin: () => {
      const at = monotonic();
      firstUnanswered ??= at;
      return at;
    },
    answered: (begunAt) => {
      lastAnswered = Math.max(lastAnswered, begunAt);
      firstUnanswered = null;
    },
    isUnbroken: () => firstUnanswered === null || firstUnanswered - lastAnswered <= GAP_MAX_MS,
  };
}
