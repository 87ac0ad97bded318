/**
 * The attention items that follow from a rejection of our credentials. Which answer is one is
 * decided by the gateway's implementation. It says nothing about an order; what becomes of the call
 * is decided in check-rules.ts, pay-rules.ts and hint-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { raise } from '../model/attention.ts';
import type { RefusedAccess } from '../model/event.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';

/** Raises an attention item on an open payout; nothing else changes. */
export function showRefusedAccess(
  payout: Payout,
  { accessRefused, clockSkewMs }: RefusedAccess,
  now: Instant,
): Payout {
  if (accessRefused !== true || isFinal(payout.status)) return payout;
  const shown = raise(payout, 'access_refused', now);
  if (clockSkewMs === undefined) return shown;
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  const detail = `our clock is ${seconds} s ${clockSkewMs > 0 ? 'ahead' : 'behind'}`;
  return raise(shown, 'clock_skew', now, detail);
}
