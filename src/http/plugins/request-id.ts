/**
 * The id of a request: the caller's own X-Request-Id where it is harmless, else a new one; returned
 * in every answer, and in every line that is logged for the request.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Short and plain, since it goes into every log line. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify's `genReqId`. */
export function toRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}

export function registerRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
}
