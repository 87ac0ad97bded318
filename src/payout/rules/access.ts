/**
 * The attention items that follow from a rejection of our credentials. A rejection says nothing
 * about an order; what becomes of the call is decided in check-rules.ts, pay-rules.ts and
 * hint-rules.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { raise } from '../model/attention.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';

export type RejectedCall = {
  httpStatus?: number | null;
  /**
   * How far our clock is ahead of the gateway's, negative for behind; absent if both nearly agree.
   */
  clockSkewMs?: number;
};

/** Raises an attention item for HTTP 401 and 403 on an open payout; nothing else changes. */
export function showRefusedAccess(
  payout: Payout,
  { httpStatus, clockSkewMs }: RejectedCall,
  now: Instant,
): Payout {
  const isAccess = httpStatus === 401 || httpStatus === 403;
  if (!isAccess || isFinal(payout.status)) return payout;
  const shown = raise(payout, 'access_refused', now);
  if (clockSkewMs === undefined) return shown;
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  const detail = `our clock is ${seconds} s ${clockSkewMs > 0 ? 'ahead' : 'behind'}`;
  return raise(shown, 'clock_skew', now, detail);
}
