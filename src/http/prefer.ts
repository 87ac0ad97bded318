/**
 * Reads `Prefer: wait=N` (RFC 7240). A preference is a wish: what cannot be read or is not known is
 * ignored, and what was granted is said in Preference-Applied.
 */

import type { FastifyRequest } from 'fastify';

/** The longest wait, in seconds: below what proxies usually allow a request to take in all. */
export const WAIT_SECONDS_MAX = 60;

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

/** How long the caller would wait for a change, in seconds; 0 for not at all. */
export function preferredWaitSeconds(request: FastifyRequest): number {
  const header = request.headers['prefer'];
  const wishes = [header ?? ''].flat().join(',').split(',');
  for (const wish of wishes) {
    const seconds = WAIT.exec(wish.split(';', 1)[0]?.trim() ?? '')?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), WAIT_SECONDS_MAX);
  }
  return 0;
}
