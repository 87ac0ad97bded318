/**
 * What browsers may do with this service: which of their requests are refused, and the headers
 * that tell them what they may not do with a response. No route answers CORS. A page sets a policy
 * of its own where it needs more (pages/html-page.ts, openapi/plugin.ts).
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The authority of an Origin; null for `null` and for what is no origin. */
const hostOf = (origin: string): string | null => URL.parse(origin)?.host ?? null;

/**
 * Whether a page of another origin sent it. The browser of a person inside the cashier's network is
 * let in by its address, whatever page it shows, and a form is sent across origins without being
 * asked. Programs send neither header. A browser sets Sec-Fetch-Site itself; one that does not know
 * the header sends Origin with every POST.
 */
export function isForeign({ headers, host }: Pick<FastifyRequest, 'headers' | 'host'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined || site !== undefined) return false;
  return hostOf(origin) !== host.toLowerCase();
}

/** For responses that are no page: nothing is loaded, run or framed. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** A year: browsers that have seen the service once call it by https only. */
const HSTS = 'max-age=31536000';

/** `publicBaseUrl` decides whether https is promised: a plain http address could not keep it. */
export function registerSecurityHeaders(server: FastifyInstance, publicBaseUrl: string): void {
  const isSecure = publicBaseUrl.startsWith('https:');
  server.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', DATA_POLICY);
    }
    if (isSecure) reply.header('strict-transport-security', HSTS);
    // Payouts are people's data: neither a browser nor a proxy keeps a copy.
    const isApi = request.url.startsWith('/v1/');
    if (isApi && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
