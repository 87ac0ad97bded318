/**
 * Reads a Retry-After header (RFC 9110: seconds or an HTTP date). It knows no schedule; it only
 * says how long the other side asked for.
 */

/** A longer wish is cut: a broken header must not silence an endpoint or a platform for days. */
const WAIT_MAX_MS = 3_600_000;

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds, 0 for a time that has passed; null for no or an unreadable header. A date is
 * compared with the same server's Date, so that no clock of ours matters.
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
