/**
 * Whether this process has watched the database until it went away. One that was suspended, or had
 * no CPU, has seen nothing of what others committed meanwhile, and cannot say that nothing of it is
 * missing. A look that gets no answer counts: it was the database that was not there.
 */

/** Two heartbeats of 2 s and their answers. */
const GAP_MAX_MS = 5000;

export type Attendance = {
  /** A look begins; its moment. */
  begin(): number;
  /** The look that began then was answered. */
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
