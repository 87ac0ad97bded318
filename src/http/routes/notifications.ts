/**
 * POST /v1/payouts/{id}/notifications/redeliver: redelivers the notifications that the platform did
 * not acknowledge. Which ones these are is decided in flow/api/redeliver.ts.
 */

import { z } from 'zod';
import { readPayout } from '../../flow/api/queries.ts';
import { redeliverNotifications } from '../../flow/api/redeliver.ts';
import type { AppContext } from '../../flow/context.ts';
import { letters } from '../../payout/model/letter.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { openEnum } from '../schema/fields.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const redeliveredSchema = z.object({
  letters: z
    .array(openEnum(letters))
    .describe(
      'The letters of the notifications that are redelivered, in order. The list is empty if the ' +
        'platform has every subscribed notification.',
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
          'the payout is subscribed and none was ever sent, all of them are delivered.',
        params: payoutParamsSchema,
        response: {
          200: redeliveredSchema,
          ...problemReplies(
            'VALIDATION_FAILED',
            'UNAUTHORIZED',
            'FORBIDDEN_SCOPE',
            'FOREIGN_ORIGIN',
            'PAYOUT_NOT_FOUND',
            'VERSION_MISMATCH',
            'AHEAD_OF_HISTORY',
            'NOT_NOTIFYING',
          ),
        },
      },
    },
    async (request) => {
      const { payout } = await readPayout(app, request.params.id);
      const by = callerOf(request).name;
      const ifVersion = requireVersion(request);
      return { letters: await redeliverNotifications(app, payout.id, by, ifVersion) };
    },
  );
}
