/**
 * What an answer that refuses our credentials says: that it does, and whether our clock and the
 * gateway's are too far apart for signatures that carry the time, which its Date header shows.
 * Which answers refuse them is decided by the gateway's implementation (`accessRefused`).
 */

import type { RefusedAccess } from '../../payout/model/event.ts';
import type { CallMeta } from './gateway.ts';

/** What the gateway allows is not documented; a machine with a time server is within a second. */
const SKEW_MAX_MS = 60_000;

type Skew = Pick<RefusedAccess, 'clockSkewMs'>;

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

/** What an event carries of an answer that may refuse our credentials. */
export const accessIn = (meta: CallMeta, now: number): RefusedAccess =>
  meta.accessRefused ? { accessRefused: true, ...skewOf(meta, now) } : {};
