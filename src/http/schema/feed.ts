/**
 * The query and the page of GET /v1/events. Which change gives which events is decided in
 * payout/model/feed.ts.
 */

import { z } from 'zod';
import { feedTypes } from '../../payout/model/feed.ts';
import { openEnum, wholeNumber } from './fields.ts';
import { payoutSchema } from './payout.ts';

export const FEED_LIMIT_DEFAULT = 100;
const FEED_LIMIT_MAX = 200;

export const feedQuerySchema = z.strictObject({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The `next_after` of the previous page. Without it, or with 0, the first event.'),
  limit: wholeNumber(1, FEED_LIMIT_MAX)
    .optional()
    .describe(`Events in a page, 1 to ${FEED_LIMIT_MAX}; ${FEED_LIMIT_DEFAULT} by default.`),
});

export const feedTypeSchema = openEnum(feedTypes, {
  id: 'PayoutEventType',
  description: `\`payout.created\`: the payout was stored, with version 1. \`payout.updated\`: the
payout has a new version; every version above 1 has one such event. \`payout.attention\`: an
attention item was raised; it comes in addition to the update that raised it.
\`payout.later_event\`: the gateway reported another event on the order than its payment, such as a
reversal or a chargeback.`.replaceAll('\n', ' '),
});

export const feedItemSchema = z
  .object({
    seq: z
      .int()
      .min(1)
      .describe(
        'Number of the event in the feed. It grows by one; a gap of a million shows that history ' +
          'was lost.',
      ),
    type: feedTypeSchema,
    at: z.iso.datetime().describe('When it happened.'),
    payout: payoutSchema.describe(
      'The payout as it is now, which may be newer than the event. Compare its `version`.',
    ),
  })
  .meta({ id: 'PayoutEvent', description: 'One event in the feed.' });

export const feedPageSchema = z
  .object({
    data: z
      .array(feedItemSchema)
      .describe('The events, oldest first; empty if there are no new ones.'),
    next_after: z.int().min(0).describe('Send it as `after` to continue, also if `data` is empty.'),
  })
  .meta({ id: 'PayoutEventPage', description: 'A page of the feed.' });
