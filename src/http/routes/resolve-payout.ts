/**
 * POST /v1/payouts/{id}/resolve and /attention/acknowledge: the commands of an operator on one
 * payout. What they do is decided in flow/api/resolve-payout.ts and flow/api/acknowledge.ts.
 */

import { acknowledge, acknowledgeProblems } from '../../flow/api/acknowledge.ts';
import { resolvePayout, resolveProblems } from '../../flow/api/resolve-payout.ts';
import type { AppContext } from '../../flow/context.ts';
import { actorOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { namedProblems, operatorReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { acknowledgeBodySchema, resolveBodySchema } from '../schema/operator.ts';
import { payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

export function registerResolvePayout(server: HttpServer, app: AppContext): void {
  server.post(
    '/v1/payouts/:id/resolve',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'resolvePayout',
        tags: ['operator'],
        summary: 'Resolve a payout whose outcome the service cannot find out',
        description:
          'The gateway is polled first. The finding is refused if the gateway does not answer, ' +
          'if its reply contradicts the finding, or while a command may still arrive at the ' +
          'gateway. On a final payout, only `money_moved` is changed.',
        params: payoutParamsSchema,
        body: resolveBodySchema,
        response: { 200: payoutSchema, ...operatorReplies(...namedProblems, ...resolveProblems) },
      },
    },
    async (request, reply) => {
      const { finding, evidence, name } = request.body;
      const stored = await resolvePayout(app, {
        payoutId: request.params.id,
        ifVersion: requireVersion(request),
        finding,
        evidence,
        ...actorOf(request, name),
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
        summary: 'Acknowledge the open attention items of a payout',
        params: payoutParamsSchema,
        body: acknowledgeBodySchema,
        response: {
          200: payoutSchema,
          ...operatorReplies(...namedProblems, ...acknowledgeProblems),
        },
      },
    },
    async (request, reply) => {
      const stored = await acknowledge(app, {
        payoutId: request.params.id,
        ifVersion: requireVersion(request),
        code: request.body?.code ?? null,
        ...actorOf(request, request.body?.name),
      });
      const body = presentPayout(app, stored);
      return reply.header('etag', `"${body.version}"`).send(body);
    },
  );
}
