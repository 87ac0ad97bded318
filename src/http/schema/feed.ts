/**
 * GET /v1/events: its query and its page.
 */

import { z } from 'zod';
import { feedTypes } from '../../payout/model/feed.ts';
import { openWord, wholeNumber } from './fields.ts';
import { payoutSchema } from './payout.ts';

export const FEED_LIMIT_DEFAULT = 100;
const FEED_LIMIT_MAX = 200;

export const feedQuerySchema = z.strictObject({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('next_after of the page before; 0, or nothing, begins with the first event.'),
  limit: wholeNumber(1, FEED_LIMIT_MAX)
    .optional()
    .describe(`Events in a page, 1 to ${FEED_LIMIT_MAX}; ${FEED_LIMIT_DEFAULT} by default.`),
});

export const feedTypeSchema = openWord(feedTypes, {
  id: 'PayoutEventType',
  description: `\`payout.created\`: it was stored. \`payout.updated\`: it has a new version; every
version has one. \`payout.attention\`: an attention item was raised, told beside the update that
raised it. \`payout.later_event\`: the gateway reported a reversal, a chargeback, a refund or a
return after the end.`.replaceAll('\n', ' '),
});

export const feedItemSchema = z
  .object({
    seq: z
      .int()
      .min(1)
      .describe(
        'Place in the feed. It grows by one; a gap of a million shows where history was lost.',
      ),
    type: feedTypeSchema,
    at: z.iso.datetime().describe('When it happened.'),
    payout: payoutSchema.describe(
      'The payout as it is now, which may be later than this event; compare its version.',
    ),
  })
  .meta({ id: 'PayoutEvent', description: 'One event in the feed.' });

export const feedPageSchema = z
  .object({
    data: z.array(feedItemSchema).describe('The oldest first; empty when nothing is new.'),
    next_after: z.int().min(0).describe('Give it as after to go on, also when data is empty.'),
  })
  .meta({ id: 'PayoutEventPage', description: 'A page of the feed.' });
