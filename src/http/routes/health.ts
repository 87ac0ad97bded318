/**
 * GET /health/live and /health/ready: whether the process runs, and whether it can work. The checks
 * of readiness are in service/readiness.ts.
 */

import { z } from 'zod';
import { openEnum } from '../schema/fields.ts';
import type { HttpServer } from '../server.ts';

/** Returns what keeps the service from working; an empty list where nothing does. */
export type Readiness = () => Promise<readonly string[]>;

const liveSchema = z.object({ status: openEnum(['ok']) });
const readySchema = z.object({
  status: openEnum(['ok', 'unavailable']),
  problems: z.array(z.string()),
});

export function registerHealth(server: HttpServer, readiness: Readiness): void {
  server.get(
    '/health/live',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        security: [],
        summary: 'Whether the process runs',
        response: { 200: liveSchema },
      },
    },
    // The database is not checked here: a restart of this process would not fix a database.
    async () => ({ status: 'ok' }),
  );

  server.get(
    '/health/ready',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        security: [],
        summary: 'Whether the service can work: database and runner',
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_request, reply) => {
      const problems = [...(await readiness())];
      if (problems.length === 0) return reply.send({ status: 'ok', problems });
      return reply.code(503).send({ status: 'unavailable', problems });
    },
  );
}
