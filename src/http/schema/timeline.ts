/**
 * GET /v1/payouts/{id}/timeline: its query, its cursor and its page.
 */

import { z } from 'zod';
import type { TimelinePosition } from '../../store/payouts/timeline.ts';
import { wholeNumber } from './fields.ts';

export const TIMELINE_LIMIT_DEFAULT = 100;
const TIMELINE_LIMIT_MAX = 200;

export const timelineQuerySchema = z.strictObject({
  limit: wholeNumber(1, TIMELINE_LIMIT_MAX)
    .optional()
    .describe(
      `Entries in a page, 1 to ${TIMELINE_LIMIT_MAX}; ${TIMELINE_LIMIT_DEFAULT} by default.`,
    ),
  cursor: z.string().max(200).optional().describe('next_cursor of the page before.'),
});

const callSchema = z
  .object({
    command: z.string().describe('payout-check, payout-pay or status.'),
    http_status: z.int().nullable().describe('Null where no answer came.'),
    duration_ms: z.int().nullable(),
    serial_number: z.string().nullable().describe("The gateway's number of its answer."),
  })
  .meta({ id: 'GatewayCall', description: 'One request to the gateway and what came back.' });

export const timelineEntrySchema = z
  .object({
    at: z.iso.datetime().describe('When it happened.'),
    kind: z.string().meta({
      description: 'What it was; new kinds may come.',
      examples: ['created', 'status_reported', 'notification_attempted', 'cashier_called'],
    }),
    says: z.string().describe('One plain sentence about it.'),
    status: z
      .string()
      .nullable()
      .describe('The status after it; null where it is beside the payout.'),
    version: z
      .int()
      .nullable()
      .describe('The version after it; null where it is beside the payout.'),
    by: z.string().nullable().describe('Who said it, where somebody did.'),
    call: callSchema.nullable().describe('The gateway call that told it, where there was one.'),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .describe('Facts that belong to it; receiver data is never among them.'),
  })
  .meta({ id: 'TimelineEntry', description: 'One thing that happened about a payout.' });

export type TimelineEntryBody = z.output<typeof timelineEntrySchema>;

export const timelinePageSchema = z
  .object({
    data: z.array(timelineEntrySchema).describe('The oldest first.'),
    next_cursor: z.string().nullable().describe('Give it as cursor to get the next page.'),
  })
  .meta({ id: 'TimelinePage', description: 'A page of a timeline.' });

export const toTimelineCursor = ({ at, origin, id }: TimelinePosition): string =>
  Buffer.from(`${at}.${origin}.${id}`).toString('base64url');

/** The position in a cursor; null for text that is none of ours. */
export function fromTimelineCursor(cursor: string): TimelinePosition | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(\d{1,15})\.(cashier|journal|notification)\.(\d{1,15})$/.exec(text);
  const [, at, origin, id] = match ?? [];
  if (origin !== 'cashier' && origin !== 'journal' && origin !== 'notification') return null;
  return { at: Number(at), origin, id: Number(id) };
}
