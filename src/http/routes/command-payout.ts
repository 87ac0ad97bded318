/**
 * POST /v1/payouts/{id}/authorize, /cancel and /release-check. What each command does is decided
 * in flow/api/command-payout.ts.
 */

import { authorizePayout, cancelPayout, releaseCheck } from '../../flow/api/command-payout.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { afterPreferredWait, type Waiting } from '../wait-for-change.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const commands = [
  {
    name: 'authorize',
    operationId: 'authorizePayout',
    scope: 'payouts:authorize',
    summary: 'Release a payout that waits for an authorization',
    refusal: 'NOT_AUTHORIZABLE',
    run: authorizePayout,
  },
  {
    name: 'cancel',
    operationId: 'cancelPayout',
    scope: 'payouts:write',
    summary: 'Cancel a payout before its money can move',
    refusal: 'NOT_CANCELABLE',
    run: cancelPayout,
  },
  {
    name: 'release-check',
    operationId: 'releaseCheck',
    scope: 'operator',
    summary: 'Allow a second payout-check for an order that the gateway says it does not have',
    refusal: 'CHECK_NOT_RELEASABLE',
    run: releaseCheck,
  },
] as const;

export function registerCommands(server: HttpServer, waiting: Waiting): void {
  const { app } = waiting;
  for (const { name, operationId, scope, summary, refusal, run } of commands) {
    server.post(
      `/v1/payouts/:id/${name}`,
      {
        config: { scope },
        schema: {
          operationId,
          tags: ['payouts'],
          summary,
          params: payoutParamsSchema,
          response: {
            200: payoutSchema,
            ...problemReplies(
              'VALIDATION_FAILED',
              'UNAUTHORIZED',
              'FORBIDDEN_SCOPE',
              'PAYOUT_NOT_FOUND',
              'VERSION_MISMATCH',
              'AHEAD_OF_HISTORY',
              refusal,
              ...(scope === 'operator' ? (['FOREIGN_ORIGIN'] as const) : []),
            ),
          },
        },
      },
      async (request, reply) => {
        const stored = await run(app, {
          payoutId: request.params.id,
          by: callerOf(request).name,
          ifVersion: requireVersion(request),
        });
        const body = presentPayout(app, await afterPreferredWait(waiting, request, reply, stored));
        return reply.header('etag', `"${body.version}"`).send(body);
      },
    );
  }
}
