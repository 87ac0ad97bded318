/**
 * What every request carries: its id, its log lines and its metrics.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pathOf } from '../problems/body.ts';

export type Answered = { method: string; route: string; httpStatus: number; seconds: number };
export type OnAnswered = (answered: Answered) => void;

/** All addresses that no route has are one. */
const NO_ROUTE = 'none';

export function registerRequestMetrics(server: FastifyInstance, onAnswered: OnAnswered): void {
  server.addHook('onResponse', async (request, reply) => {
    const { url: route = NO_ROUTE } = request.routeOptions;
    // A method of its own would be a label that callers choose too.
    const method = route === NO_ROUTE ? NO_ROUTE : request.method;
    const { statusCode: httpStatus, elapsedTime } = reply;
    onAnswered({ method, route, httpStatus, seconds: elapsedTime / 1000 });
  });
}

/** Short and plain, since it goes into every log line. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify's `genReqId`. */
export function toRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}

export function registerRequestId(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
}

/** Addresses of this service are below 100 characters; a longer one is somebody's guess. */
const PATH_MAX = 200;

export function registerRequestLog(server: FastifyInstance): void {
  server.addHook('onResponse', async (request, reply) => {
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
