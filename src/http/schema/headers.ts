/**
 * Headers as routes declare them. They are documented here and read by their own parsers, because a
 * schema's message about a header would not carry the code that callers branch on.
 */

import { z } from 'zod';

export const idempotencyKeyHeader = z
  .object({
    'idempotency-key': z
      .string()
      .optional()
      .describe(
        '1-255 printable ASCII characters, quoted or bare; the same for every repeat of one ' +
          'request. It never expires while the payout exists.',
      ),
  })
  // Required all the same: its parser says so, under a code of its own.
  .meta({ required: ['idempotency-key'] });
