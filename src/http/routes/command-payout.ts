/**
 * POST /v1/payouts/{id}/authorize, /deauthorize, /cancel and /release-check. What each command does
 * is decided in flow/api/command-payout.ts.
 */

import {
  authorizePayout,
  authorizeProblems,
  cancelPayout,
  cancelProblems,
  deauthorizePayout,
  deauthorizeProblems,
  releaseCheck,
  releaseCheckProblems,
} from '../../flow/api/command-payout.ts';
import { actorOf, callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { operatorReplies, problemReplies } from '../problems/schema.ts';
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
    problems: authorizeProblems,
    run: authorizePayout,
  },
  {
    name: 'deauthorize',
    operationId: 'deauthorizePayout',
    scope: 'payouts:authorize',
    summary: 'Take an authorization back: the payout waits for a new one, whatever its release is',
    problems: deauthorizeProblems,
    run: deauthorizePayout,
  },
  {
    name: 'cancel',
    operationId: 'cancelPayout',
    scope: 'payouts:write',
    summary: 'Cancel a payout before its money can move',
    problems: cancelProblems,
    run: cancelPayout,
  },
  {
    name: 'release-check',
    operationId: 'releaseCheck',
    scope: 'operator',
    summary: 'Allow a second payout-check for an order that the gateway says it does not have',
    problems: releaseCheckProblems,
    run: releaseCheck,
  },
] as const;

export function registerCommands(server: HttpServer, waiting: Waiting): void {
  const { app } = waiting;
  for (const { name, operationId, scope, summary, problems, run } of commands) {
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
            ...(scope === 'operator' ? operatorReplies : problemReplies)(...problems),
          },
        },
      },
      async (request, reply) => {
        const { name: key } = callerOf(request);
        // The platform's letters name the key that released or canceled a payout.
        const actor = scope === 'operator' ? actorOf(request) : { by: key, key };
        const stored = await run(app, {
          payoutId: request.params.id,
          ...actor,
          ifVersion: requireVersion(request),
        });
        const body = presentPayout(app, await afterPreferredWait(waiting, request, reply, stored));
        return reply.header('etag', `"${body.version}"`).send(body);
      },
    );
  }
}
