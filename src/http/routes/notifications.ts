/**
 * POST /v1/payouts/{id}/notifications/redeliver: redelivers the notifications that the platform did
 * not acknowledge, or has lost. Which ones these are is decided in flow/api/redeliver.ts.
 */

import { z } from 'zod';
import { readPayout } from '../../flow/api/queries.ts';
import { redeliverNotifications, redeliverProblems } from '../../flow/api/redeliver.ts';
import type { AppContext } from '../../flow/context.ts';
import { letters } from '../../payout/model/letter.ts';
import { actorOf } from '../plugins/api-keys.ts';
import { operatorReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { openEnum } from '../schema/fields.ts';
import { redeliverBodySchema, startOf } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const redeliveredSchema = z.object({
  letters: z
    .array(openEnum(letters))
    .describe(
      'The letters of the notifications that are redelivered, in order. The list is empty if the ' +
        'platform has every subscribed notification, or if there is none from the start on.',
    ),
});

export function registerNotifications(server: HttpServer, app: AppContext): void {
  server.post(
    '/v1/payouts/:id/notifications/redeliver',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'redeliverNotifications',
        tags: ['payouts'],
        summary: 'Redeliver the dead-lettered or skipped notification of a payout and later ones',
        description:
          'Begins at the first notification that was dead-lettered, or that was skipped although ' +
          'PRAXIS_NOTIFY_STATUSES includes its letter now, and includes every later one, in ' +
          'order. Other skipped notifications stay skipped, with one exception: if no letter of ' +
          'the payout is subscribed and none was ever sent, all of them are delivered. With ' +
          '`from_letter` or `from_time` it begins there, for a platform that has lost what it ' +
          'acknowledged.',
        params: payoutParamsSchema,
        body: redeliverBodySchema,
        response: {
          200: redeliveredSchema,
          ...operatorReplies('MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', ...redeliverProblems),
        },
      },
    },
    async (request) => {
      const { payout } = await readPayout(app, request.params.id);
      const options = { ifVersion: requireVersion(request), start: startOf(request.body) };
      const actor = actorOf(request);
      return { letters: await redeliverNotifications(app, payout.id, actor, options) };
    },
  );
}
