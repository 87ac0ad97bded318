/**
 * Reads a Retry-After header (RFC 9110: seconds or an HTTP date). It decides no schedule:
 * `runner/endpoint-breaker.ts` and `praxis/retry.ts` do.
 */

/** A longer time is cut: a broken header must not stop an endpoint or the platform for days. */
const WAIT_MAX_MS = 3_600_000;

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds, 0 for a time in the past; null for no or an unreadable header. A date is compared
 * with the Date header of the same server, so that our clock does not matter.
 */
export function readRetryAfter(headers: {
  retryAfter: string | null;
  date: string | null;
}): number | null {
  const text = headers.retryAfter?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, WAIT_MAX_MS);
  const date = headers.date ?? '';
  if (!HTTP_DATE.test(text) || !HTTP_DATE.test(date)) return null;
  const waitMs = Date.parse(text) - Date.parse(date);
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), WAIT_MAX_MS);
}
