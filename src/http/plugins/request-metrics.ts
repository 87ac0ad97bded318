/**
 * Tells whoever counts about every answered request: by the template of its route, never by its
 * address, which callers choose.
 */

import type { FastifyInstance } from 'fastify';

export type Answered = { method: string; route: string; httpStatus: number; seconds: number };
export type OnAnswered = (answered: Answered) => void;

/** All addresses that no route has are one. */
const NO_ROUTE = 'none';

export function registerRequestMetrics(app: FastifyInstance, onAnswered: OnAnswered): void {
  app.addHook('onResponse', async (request, reply) => {
    const { url: route = NO_ROUTE } = request.routeOptions;
    // A method of its own would be a label that callers choose too.
    const method = route === NO_ROUTE ? NO_ROUTE : request.method;
    const { statusCode: httpStatus, elapsedTime } = reply;
    onAnswered({ method, route, httpStatus, seconds: elapsedTime / 1000 });
  });
}
