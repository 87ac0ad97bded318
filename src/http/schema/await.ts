/**
 * The query of GET /v1/payouts/{id}: which version the caller knows, and how long it would wait for
 * a later one.
 */

import { z } from 'zod';
import { WAIT_SECONDS_MAX } from '../prefer.ts';
import { wholeNumber } from './whole-number.ts';

/** What a version column can hold. */
const VERSION_MAX = 2_147_483_647;

export const awaitQuerySchema = z
  .strictObject({
    after_version: wholeNumber(0, VERSION_MAX)
      .optional()
      .describe('The version that is known already; with wait, the answer is held until a later.'),
    wait: wholeNumber(0, WAIT_SECONDS_MAX)
      .optional()
      .describe(
        `Seconds to hold the answer, 0 to ${WAIT_SECONDS_MAX}; it comes at once where the ` +
          'version is above after_version already, and as it is when the time is over.',
      ),
  })
  .refine(({ after_version, wait }) => wait === undefined || after_version !== undefined, {
    path: ['after_version'],
    message: 'is required with wait',
  });
