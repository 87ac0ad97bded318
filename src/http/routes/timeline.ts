/**
 * GET /v1/payouts/{id}/timeline: everything that happened to a payout. Which facts of an entry are
 * shown is decided in present-timeline.ts.
 */

import { readProblems, readTimeline } from '../../flow/api/queries.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { AppContext } from '../../flow/context.ts';
import { presentTimelineRow } from '../present-timeline.ts';
import { problemReplies } from '../problems/schema.ts';
import {
  fromTimelineCursor,
  TIMELINE_LIMIT_DEFAULT,
  timelinePageSchema,
  timelineQuerySchema,
  toTimelineCursor,
} from '../schema/timeline.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

function positionOf(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const after = fromTimelineCursor(cursor);
  if (after !== null) return after;
  const errors = [{ path: 'cursor', message: 'must be the next_cursor of a page' }];
  throw new RequestProblem('VALIDATION_FAILED', { errors });
}

export function registerTimeline(server: HttpServer, app: AppContext): void {
  server.get(
    '/v1/payouts/:id/timeline',
    {
      config: { scope: 'payouts:read' },
      schema: {
        operationId: 'getTimeline',
        tags: ['payouts'],
        summary: 'Read the timeline of a payout, oldest first',
        description:
          'Every event, gateway call, callback, notification attempt, call of the cashier and ' +
          'action of an operator, each with one plain sentence. Personal data is masked.',
        params: payoutParamsSchema,
        querystring: timelineQuerySchema,
        response: {
          200: timelinePageSchema,
          ...problemReplies(...readProblems),
        },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { rows, after } = await readTimeline(
        app,
        request.params.id,
        positionOf(cursor),
        Number(limit ?? TIMELINE_LIMIT_DEFAULT),
      );
      return {
        data: rows.map(presentTimelineRow),
        next_cursor: after === null ? null : toTimelineCursor(after),
      };
    },
  );
}
