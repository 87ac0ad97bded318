/**
 * POST /v1/payouts/{id}/notifications/redeliver: has the platform told again what it did not take.
 */

import { z } from 'zod';
import { readPayout } from '../../flow/api/queries.ts';
import { redeliverNotifications } from '../../flow/api/redeliver.ts';
import type { AppContext } from '../../flow/context.ts';
import { letters } from '../../payout/model/letter.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { openWord } from '../schema/fields.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const redeliveredSchema = z.object({
  letters: z
    .array(openWord(letters))
    .describe(
      'The letters that are sent again, in order; none where the platform has every letter that ' +
        'it asks for.',
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
        summary: 'Send the parked or skipped letter of a payout and every later one again',
        description:
          'Begins at the first letter that is parked, or was skipped and is asked for by ' +
          'PRAXIS_NOTIFY_STATUSES now. Letters that were skipped and are not asked for stay so, ' +
          'unless none of the payout is asked for and none was ever sent: then all of them are.',
        params: payoutParamsSchema,
        response: {
          200: redeliveredSchema,
          ...problemReplies(
            'VALIDATION_FAILED',
            'UNAUTHORIZED',
            'FORBIDDEN_SCOPE',
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
