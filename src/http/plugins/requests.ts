/**
 * The id, the log line and the metrics of every request. The names of the metrics are decided in
 * service/metrics/http-metrics.ts, the fields of a log line in log.ts.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { holdsCard } from '../../payout/scrub/scrub.ts';
import { loggedPath } from '../problems/body.ts';

export type Answered = { method: string; route: string; httpStatus: number; seconds: number };
export type OnAnswered = (answered: Answered) => void;

/** The metric label of all addresses without a route. */
const NO_ROUTE = 'none';

export function registerRequestMetrics(server: FastifyInstance, onAnswered: OnAnswered): void {
  server.addHook('onResponse', async (request, reply) => {
    const { url: route = NO_ROUTE } = request.routeOptions;
    // The client chooses the method, so it must not become a label there.
    const method = route === NO_ROUTE ? NO_ROUTE : request.method;
    const { statusCode: httpStatus, elapsedTime } = reply;
    onAnswered({ method, route, httpStatus, seconds: elapsedTime / 1000 });
  });
}

/** An id from the client has to be short and plain, since it is in every log line. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** A card number is one in groups, too, whatever separates them. */
const holdsAnyCard = (id: string): boolean => holdsCard(id.replaceAll(/[._]/g, '-'));

/** Fastify's `genReqId`. */
export function toRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  const isAccepted = typeof given === 'string' && ACCEPTED.test(given) && !holdsAnyCard(given);
  return isAccepted ? given : randomUUID();
}

export function registerRequestId(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
}

export function registerRequestLog(server: FastifyInstance): void {
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        // As it was sent; lib/public-paths.ts may have read it as another.
        path: loggedPath(request.originalUrl),
        httpStatus: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        keyName: request.caller?.name,
      },
      'The request was answered.',
    );
  });
}
