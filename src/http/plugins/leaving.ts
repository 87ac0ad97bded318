/**
 * What a replica tells its callers that is about to stop: every answer closes its connection, so
 * that the next request comes over a new one, and to another replica.
 */

import type { FastifyInstance } from 'fastify';

export function registerLeaving(app: FastifyInstance, isLeaving: () => boolean): void {
  app.addHook('onRequest', async (_request, reply) => {
    if (isLeaving()) reply.header('connection', 'close');
  });
}
