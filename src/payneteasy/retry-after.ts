/**
 * Reads a Retry-After header (RFC 9110: seconds or an HTTP date). It knows no schedule; it only
 * says how long the other side asked for.
 */

/** A longer wish is cut: an order that is asked about once an hour is slow enough for anybody. */
const WAIT_MAX_MS = 3_600_000;

/** Milliseconds from `nowMs`, 0 for a time that has passed; null for no or an unreadable header. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), WAIT_MAX_MS) : null;
}
