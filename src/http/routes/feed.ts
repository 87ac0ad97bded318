/**
 * GET /v1/events: the ordered feed of all changes of payouts. Which change gives which events is
 * decided in payout/model/feed.ts, their numbers in store/payouts/feed.ts.
 */

import { feedProblems, readFeed } from '../../flow/api/queries.ts';
import type { AppContext } from '../../flow/context.ts';
import { presentPayout } from '../present.ts';
import { problemReplies } from '../problems/schema.ts';
import { FEED_LIMIT_DEFAULT, feedPageSchema, feedQuerySchema } from '../schema/feed.ts';
import type { HttpServer } from '../server.ts';

export function registerFeed(server: HttpServer, app: AppContext): void {
  server.get(
    '/v1/events',
    {
      config: { scope: 'payouts:read' },
      schema: {
        operationId: 'listEvents',
        tags: ['events'],
        summary: 'Read the feed of events, oldest first',
        description:
          'Every change of every payout, in one order. Store `next_after` and continue from it: ' +
          'no event is skipped and none comes twice, however many payouts change at the same ' +
          'time. When `data` is empty, poll again after a second or more.',
        querystring: feedQuerySchema,
        response: {
          200: feedPageSchema,
          ...problemReplies(...feedProblems),
        },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const { items, nextAfter } = await readFeed(
        app,
        Number(after ?? 0),
        Number(limit ?? FEED_LIMIT_DEFAULT),
      );
      return {
        data: items.map(({ seq, type, at, stored }) => ({
          seq,
          type,
          at: new Date(at).toISOString(),
          payout: presentPayout(app, stored),
        })),
        next_after: nextAfter,
      };
    },
  );
}
