/**
 * Growing waits with jitter, so that callers that failed at the same time do not retry at the same
 * time.
 */

/**
 * The wait after the n-th failure (from 1): doubled each time up to `maxMs`, then varied by ± 25 %.
 */
export function backoff(failures: number, minMs: number, maxMs: number, random: number): number {
  const growing = Math.min(minMs * 2 ** Math.min(failures - 1, 30), maxMs);
  return Math.round(growing * (0.75 + random / 2));
}
