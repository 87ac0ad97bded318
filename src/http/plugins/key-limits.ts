/**
 * How many requests one API key may send: a bound on what a loop gone wild at one caller takes from
 * the others. Routes without a key have none; the gateway's callbacks must always come through.
 */

import rateLimit from '@fastify/rate-limit';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { HttpServer } from '../server.ts';

/**
 * In each replica. More than a platform needs: the gateway's budget is 200 calls a second, and each
 * payout takes several. It is counted in memory, because a shared count would cost each request a
 * query.
 */
const REQUESTS_PER_SECOND_MAX = 2000;

/** The window's own length: all of it is free again then. */
const RETRY_SECONDS = 1;

/** Routes that are added afterwards are limited. */
export async function registerKeyLimits(server: HttpServer): Promise<void> {
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
    // Asked for also where the list above lets the request through.
    keyGenerator: (request) => request.caller?.name ?? '',
    addHeaders: none,
    addHeadersOnExceeding: none,
    errorResponseBuilder: () =>
      new RequestProblem('RATE_LIMITED', { retryAfterSeconds: RETRY_SECONDS }),
  });
}
