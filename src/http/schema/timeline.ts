/**
 * The query, the cursor and the page of GET /v1/payouts/{id}/timeline. Entries are mapped in
 * http/present-timeline.ts.
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
  cursor: z.string().max(200).optional().describe('The `next_cursor` of the previous page.'),
});

const callSchema = z
  .object({
    command: z.string().describe('payout-check, payout-pay or status.'),
    http_status: z.int().nullable().describe('Null if no response came.'),
    duration_ms: z.int().nullable(),
    serial_number: z.string().nullable().describe("The gateway's serial number of its reply."),
  })
  .meta({ id: 'GatewayCall', description: 'One request to the gateway and its response.' });

export const timelineEntrySchema = z
  .object({
    at: z.iso.datetime().describe('When it happened.'),
    kind: z.string().meta({
      description: 'The kind of the entry; there may be new kinds.',
      examples: [
        'created',
        'status_reported',
        'command_refused',
        'notification_attempted',
        'cashier_called',
      ],
    }),
    says: z.string().describe('One plain sentence that summarizes the entry.'),
    status: z
      .string()
      .nullable()
      .describe('The status of the payout afterwards; null for notifications and cashier calls.'),
    version: z
      .int()
      .nullable()
      .describe('The version of the payout afterwards; null for notifications and cashier calls.'),
    by: z
      .string()
      .nullable()
      .describe('Name of the client, cashier or operator that caused it, if there is one.'),
    key: z
      .string()
      .nullable()
      .describe(
        'Name of the API key that gave the command, or `command line`; null where no command did ' +
          'it, or where it is not known.',
      ),
    call: callSchema.nullable().describe('The gateway call that caused it, if there was one.'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).meta({
      description: 'Facts of the entry, never receiver data: texts, numbers, true or false.',
    }),
  })
  .meta({ id: 'TimelineEntry', description: 'One thing that happened to a payout.' });

export type TimelineEntryBody = z.output<typeof timelineEntrySchema>;

export const timelinePageSchema = z
  .object({
    data: z.array(timelineEntrySchema).describe('The entries, oldest first.'),
    next_cursor: z
      .string()
      .nullable()
      .describe('Send it as `cursor` to get the next page; null on the last page.'),
  })
  .meta({ id: 'TimelinePage', description: 'A page of a timeline.' });

export const toTimelineCursor = ({ at, origin, id }: TimelinePosition): string =>
  Buffer.from(`${at}.${origin}.${id}`).toString('base64url');

/** The position in a cursor; null for a text that is not a cursor of ours. */
export function fromTimelineCursor(cursor: string): TimelinePosition | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(-?\d{1,15})\.(cashier|journal|notification)\.(\d{1,15})$/.exec(text);
  const [, at, origin, id] = match ?? [];
  if (origin !== 'cashier' && origin !== 'journal' && origin !== 'notification') return null;
  return { at: Number(at), origin, id: Number(id) };
}
