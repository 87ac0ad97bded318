/**
 * Recognises a request that a page of another origin made in a person's browser. The browser of a
 * person inside the cashier's network is let in by its address, whatever page it shows, and a form
 * is sent across origins without being asked. No route answers CORS.
 */

import type { FastifyRequest } from 'fastify';

/** The authority of an Origin; null for `null` and for what is no origin. */
const hostOf = (origin: string): string | null => URL.parse(origin)?.host ?? null;

/**
 * Whether a page of another origin sent it. Programs send neither header. A browser sets
 * Sec-Fetch-Site itself; one that does not know the header sends Origin with every POST.
 */
export function isForeign({ headers, host }: Pick<FastifyRequest, 'headers' | 'host'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined || site !== undefined) return false;
  return hostOf(origin) !== host.toLowerCase();
}
