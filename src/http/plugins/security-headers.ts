/**
 * The headers that tell browsers what they may not do with a response. A page sets a policy of its
 * own where it needs more (pages/html-page.ts, openapi/plugin.ts); everything else is data that no
 * browser has to show.
 */

import type { FastifyInstance } from 'fastify';

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
