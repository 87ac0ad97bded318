/**
 * The one definition of the length of a text: its code points, which is what JSON Schema means by
 * `maxLength`. An emoji has one or more, a letter with a combining mark two. JavaScript's own
 * length counts UTF-16 units, and a database or a gateway may count bytes.
 */

import { z } from 'zod';

/** The number of code points. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** A check that a text has at most `max` code points; the API document gets it as `maxLength`. */
export function atMost(max: number, message?: string): z.core.$ZodCheck<string> {
  const check = z.check<string>(({ value, issues }) => {
    // No text has more code points than units, and most are short.
    if (value.length <= max || lengthOf(value) <= max) return;
    issues.push({
      code: 'too_big',
      origin: 'string',
      maximum: max,
      inclusive: true,
      input: value,
      ...(message === undefined ? {} : { message }),
    });
  });
  check._zod.onattach.push((schema) => {
    schema._zod.bag['maximum'] = max;
  });
  return check;
}
