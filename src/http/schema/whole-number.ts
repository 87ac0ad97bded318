/**
 * Whole numbers in a query: text on the wire, documented as the integer that it stands for.
 */

import { z } from 'zod';

/** Text of plain digits between two bounds; callers turn it into a number. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,16}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    )
    .meta({ type: 'integer', minimum, maximum });
