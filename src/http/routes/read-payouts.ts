/**
 * GET /v1/payouts and GET /v1/payouts/{id}. The filter of the list is declared in schema/list.ts,
 * the wait for a newer version is in wait-for-change.ts.
 */

import { z } from 'zod';
import { readPage, readProblems } from '../../flow/api/queries.ts';
import { read } from '../../flow/api/reads.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { ListFilter } from '../../store/payouts/list.ts';
import { searchPayouts } from '../../store/search.ts';
import { presentPayout } from '../present.ts';
import { problemReplies } from '../problems/schema.ts';
import { WAIT_SECONDS_MAX } from '../request-headers.ts';
import { wholeNumber } from '../schema/fields.ts';
import {
  fromCursor,
  type ListQuery,
  limitOf,
  listQuerySchema,
  toConditions,
  toCursor,
} from '../schema/list.ts';
import { payoutPageSchema, payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { readChanged, type Waiting } from '../wait-for-change.ts';

/** The largest version that the database column can hold. */
const VERSION_MAX = 2_147_483_647;

export const awaitQuerySchema = z
  .strictObject({
    after_version: wholeNumber(0, VERSION_MAX)
      .optional()
      .describe(
        'The version that you know. Together with `wait`, the response is delayed until the ' +
          'payout has a newer version.',
      ),
    wait: wholeNumber(0, WAIT_SECONDS_MAX)
      .optional()
      .describe(
        `Longest delay of the response in seconds, 0 to ${WAIT_SECONDS_MAX}; the service may ` +
          'delay it for less. There is no delay if the version is already above ' +
          '`after_version`. When the time is over, the response is the unchanged payout.',
      ),
  })
  .refine(({ after_version, wait }) => wait === undefined || after_version !== undefined, {
    path: ['after_version'],
    message: 'is required with wait',
  });

export const payoutParamsSchema = z.object({
  id: z.string().describe('Id of the payout, beginning with po_.'),
});

/** Where a page begins. Throws VALIDATION_FAILED for a text that is not a cursor of ours. */
export function positionOf(cursor: string | undefined): ListFilter['after'] {
  if (cursor === undefined) return null;
  const after = fromCursor(cursor);
  if (after !== null) return after;
  const errors = [{ path: 'cursor', message: 'must be the next_cursor of a page' }];
  throw new RequestProblem('VALIDATION_FAILED', { errors });
}

const toFilter = (query: ListQuery): ListFilter => ({
  ...toConditions(query),
  after: positionOf(query.cursor),
  limit: limitOf(query),
});

export function registerReadPayouts(server: HttpServer, waiting: Waiting): void {
  const { app } = waiting;
  server.get(
    '/v1/payouts',
    {
      config: { scope: 'payouts:read' },
      schema: {
        operationId: 'listPayouts',
        tags: ['payouts'],
        summary: 'List payouts, newest first',
        querystring: listQuerySchema,
        response: {
          200: payoutPageSchema,
          ...problemReplies(),
        },
      },
    },
    async (request) => {
      const { q } = request.query;
      const found = q === undefined ? {} : { ids: await read(app, (db) => searchPayouts(db, q)) };
      const { payouts, after } = await readPage(app, { ...toFilter(request.query), ...found });
      return {
        data: payouts.map((stored) => presentPayout(app, stored)),
        next_cursor: after === null ? null : toCursor(after),
      };
    },
  );

  server.get(
    '/v1/payouts/:id',
    {
      config: { scope: 'payouts:read' },
      schema: {
        operationId: 'getPayout',
        tags: ['payouts'],
        summary: 'Read a payout',
        params: payoutParamsSchema,
        querystring: awaitQuerySchema,
        response: {
          200: payoutSchema,
          ...problemReplies(...readProblems, 'AHEAD_OF_HISTORY'),
        },
      },
    },
    async (request, reply) => {
      const { after_version, wait } = request.query;
      const stored = await readChanged(waiting, request, reply, {
        payoutId: request.params.id,
        afterVersion: Number(after_version ?? 0),
        seconds: Number(wait ?? 0),
      });
      const body = presentPayout(app, stored);
      return reply.header('etag', `"${body.version}"`).send(body);
    },
  );
}
