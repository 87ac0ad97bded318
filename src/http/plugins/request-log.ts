/**
 * One line for every answered request: who asked for what and how it ended. Never a body, a query
 * or a header.
 */

import type { FastifyInstance } from 'fastify';
import { pathOf } from '../problem.ts';

/** Addresses of this service are below 100 characters; a longer one is somebody's guess. */
const PATH_MAX = 200;

export function registerRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: pathOf(request).slice(0, PATH_MAX),
        httpStatus: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        keyName: request.caller?.name,
      },
      'request answered',
    );
  });
}
