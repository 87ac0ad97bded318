/**
 * The body and the response of POST /v1/bulk/{action}. The filter is the one of the list, in
 * list.ts; what the command does is decided in flow/api/bulk.ts.
 */

import { z } from 'zod';
import { BULK_COUNT_MAX, bulkActions } from '../../flow/api/bulk.ts';
import type { ProblemCode } from '../../flow/api/request-problem.ts';
import { openEnum } from './fields.ts';
import { filterSchema, LIMIT_DEFAULT, LIMIT_MAX } from './list.ts';
import { isOneStart, ONE_START, startFields } from './operator.ts';

/** What the single commands refuse a payout with. */
const refusals: readonly ProblemCode[] = [
  'NOT_AUTHORIZABLE',
  'NOT_CANCELABLE',
  'NOTHING_TO_ACKNOWLEDGE',
  'NOT_NOTIFYING',
  'VERSION_MISMATCH',
  'UNAVAILABLE',
  'INTERNAL',
];

export const bulkParamsSchema = z.strictObject({
  action: z.enum(bulkActions).describe('The command that each matching payout gets.'),
});

export const bulkBodySchema = z
  .strictObject({
    filter: filterSchema,
    expected: z
      .int()
      .min(0)
      .max(BULK_COUNT_MAX)
      .optional()
      .describe(
        'The number in `matched` of a call without it. Left out, payouts are only counted. If ' +
          'more match than this, nothing is done.',
      ),
    limit: z
      .int()
      .min(1)
      .max(LIMIT_MAX)
      .optional()
      .describe(`Payouts that this call acts on, 1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} by default.`),
    cursor: z
      .string()
      .max(200)
      .optional()
      .describe('The `next_cursor` of the previous call, to go on from there.'),
    ...startFields,
  })
  .refine(isOneStart, ONE_START);

export const bulkSchema = z
  .object({
    matched: z
      .int()
      .describe(
        `Payouts that match, from the cursor on. ${BULK_COUNT_MAX + 1} stands for more than ` +
          `${BULK_COUNT_MAX}: narrow the filter then.`,
      ),
    done: z.int().describe('Payouts that the command changed.'),
    unchanged: z.int().describe('Payouts on which the command had nothing to do.'),
    refused: z
      .array(
        z.object({
          id: z.string().describe('Id of the payout.'),
          code: openEnum(refusals),
          detail: z.string().nullable(),
        }),
      )
      .describe('Payouts that refused the command, with the code of the single command.'),
    next_cursor: z
      .string()
      .nullable()
      .describe('Where the next payouts begin; null if none is left, or if nothing was done.'),
  })
  .meta({ id: 'Bulk', description: 'The outcome of one command on many payouts.' });
