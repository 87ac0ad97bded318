/**
 * Whether our clock and the gateway's are too far apart for signatures that carry the time. The
 * Date header of an answer that refuses our credentials shows it. Which answers do is decided by
 * the gateway's implementation (`accessRefused`).
 */

import type { CallMeta } from './gateway.ts';

/** What the gateway allows is not documented; a machine with a time server is within a second. */
const SKEW_MAX_MS = 60_000;

/** What an event carries: how far our clock is ahead (negative: behind), where it matters. */
export type Skew = { clockSkewMs?: number };

/** Compares both clocks on refused access; empty where they agree or the answer has no time. */
export function skewOf({ accessRefused, dateHeader, durationMs }: CallMeta, now: number): Skew {
  if (!accessRefused || dateHeader === null) return {};
  const theirs = Date.parse(dateHeader);
  if (Number.isNaN(theirs)) return {};
  // The answer was made at some moment of the call; the middle is wrong by half of it at most.
  const skewMs = now - durationMs / 2 - theirs;
  const isApart = Math.abs(skewMs) - durationMs / 2 > SKEW_MAX_MS;
  return isApart ? { clockSkewMs: Math.round(skewMs) } : {};
}
