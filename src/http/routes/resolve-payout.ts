/**
 * POST /v1/payouts/{id}/resolve and /attention/acknowledge: what only an operator says.
 */

import { acknowledge } from '../../flow/api/acknowledge.ts';
import { resolvePayout } from '../../flow/api/resolve-payout.ts';
import type { AppContext } from '../../flow/context.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { acknowledgeBodySchema, resolveBodySchema } from '../schema/operator.ts';
import { payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const problems = [
  'MALFORMED_JSON',
  'VALIDATION_FAILED',
  'UNAUTHORIZED',
  'FORBIDDEN_SCOPE',
  'PAYOUT_NOT_FOUND',
  'VERSION_MISMATCH',
  'AHEAD_OF_HISTORY',
  'UNSUPPORTED_MEDIA_TYPE',
] as const;

export function registerResolvePayout(server: HttpServer, app: AppContext): void {
  server.post(
    '/v1/payouts/:id/resolve',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'resolvePayout',
        tags: ['operator'],
        summary: 'Say what became of a payout that the service cannot find out',
        description:
          'The gateway is asked first. Refused where it does not answer or says otherwise, ' +
          'and while a command may still arrive there. On a final payout only money_moved is ' +
          'settled.',
        params: payoutParamsSchema,
        body: resolveBodySchema,
        response: { 200: payoutSchema, ...problemReplies(...problems, 'NOT_RESOLVABLE') },
      },
    },
    async (request, reply) => {
      const stored = await resolvePayout(app, {
        payoutId: request.params.id,
        ifVersion: requireVersion(request),
        by: callerOf(request).name,
        ...request.body,
      });
      const body = presentPayout(app, stored);
      return reply.header('etag', `"${body.version}"`).send(body);
    },
  );

  server.post(
    '/v1/payouts/:id/attention/acknowledge',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'acknowledgeAttention',
        tags: ['operator'],
        summary: 'Say that a person has seen what is open on a payout',
        params: payoutParamsSchema,
        body: acknowledgeBodySchema,
        response: { 200: payoutSchema, ...problemReplies(...problems, 'NOTHING_TO_ACKNOWLEDGE') },
      },
    },
    async (request, reply) => {
      const stored = await acknowledge(app, {
        payoutId: request.params.id,
        ifVersion: requireVersion(request),
        code: request.body?.code ?? null,
        by: request.body?.name ?? callerOf(request).name,
      });
      const body = presentPayout(app, stored);
      return reply.header('etag', `"${body.version}"`).send(body);
    },
  );
}
