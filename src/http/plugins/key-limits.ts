/**
 * Limits how many requests one API key may send, so that an endless loop of one client does not
 * take the service from the others. Routes without a key are not limited here: the gateway's
 * callbacks have limits of their own in flow/keyless-limits.ts.
 */

import rateLimit from '@fastify/rate-limit';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { HttpServer } from '../server.ts';

/**
 * The limit of each replica. It is more than a platform needs: the gateway's budget is 200 calls a
 * second, and each payout takes several. Requests are counted in memory, because a shared count
 * would cost each request a query.
 */
const REQUESTS_PER_SECOND_MAX = 2000;

/** The length of the window, after which the whole limit is available again. */
const RETRY_SECONDS = 1;

/** Limits the routes that are registered afterwards; `onLimited` is called for each 429. */
export async function registerKeyLimits(server: HttpServer, onLimited: () => void): Promise<void> {
  const none = {
    'x-ratelimit-limit': false,
    'x-ratelimit-remaining': false,
    'x-ratelimit-reset': false,
    'retry-after': false,
  };
  await server.register(rateLimit, {
    max: REQUESTS_PER_SECOND_MAX,
    timeWindow: RETRY_SECONDS * 1000,
    allowList: (request) => request.caller === null,
    // Called also where allowList lets the request through.
    keyGenerator: (request) => request.caller?.name ?? '',
    addHeaders: none,
    addHeadersOnExceeding: none,
    onExceeded: onLimited,
    errorResponseBuilder: () =>
      new RequestProblem('RATE_LIMITED', { retryAfterSeconds: RETRY_SECONDS }),
  });
}
