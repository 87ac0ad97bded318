/**
 * POST /v1/payouts/{id}/notifications/redeliver: has the platform told again what it did not take.
 */

import { z } from 'zod';
import type { Flow } from '../../flow/flow.ts';
import { readPayout } from '../../flow/read-payouts.ts';
import { redeliverNotifications } from '../../flow/redeliver.ts';
import { letters } from '../../payout/letter.ts';
import { requireVersion } from '../if-match.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { problemReplies } from '../schema/problem.ts';
import type { HttpShell } from '../shell.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const redeliveredSchema = z.object({
  letters: z
    .array(z.enum(letters))
    .describe('The letters that are sent again, in order; none where none is parked.'),
});

export function registerNotifications(app: HttpShell, flow: Flow): void {
  app.post(
    '/v1/payouts/:id/notifications/redeliver',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'redeliverNotifications',
        tags: ['payouts'],
        summary: 'Send the parked letter of a payout and every later one again',
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
          ),
        },
      },
    },
    async (request) => {
      const { payout } = await readPayout(flow, request.params.id);
      const by = callerOf(request).name;
      const ifVersion = requireVersion(request);
      return { letters: await redeliverNotifications(flow, payout.id, by, ifVersion) };
    },
  );
}
