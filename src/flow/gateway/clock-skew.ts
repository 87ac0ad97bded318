/**
 * Whether our clock and the gateway's are too far apart for signatures that carry the time, told by
 * the Date header of an answer that refuses our credentials.
 */

import type { CallMeta } from './gateway.ts';

/** Nobody documents what the gateway allows; a machine with a time server is within a second. */
const SKEW_MAX_MS = 60_000;

/** What an event carries: how far our clock is ahead (negative: behind), where it matters. */
export type Skew = { clockSkewMs?: number };

/** Compares both clocks on HTTP 401 and 403; empty where they agree or the answer tells no time. */
export function skewOf({ httpStatus, dateHeader, durationMs }: CallMeta, now: number): Skew {
  if ((httpStatus !== 401 && httpStatus !== 403) || dateHeader === null) return {};
  const theirs = Date.parse(dateHeader);
  if (Number.isNaN(theirs)) return {};
  // Their answer was made at some moment of the call; the middle is wrong by half of it at most.
  const skewMs = now - durationMs / 2 - theirs;
  const isApart = Math.abs(skewMs) - durationMs / 2 > SKEW_MAX_MS;
  return isApart ? { clockSkewMs: Math.round(skewMs) } : {};
}
