/**
 * The building blocks of schemas: bounded and printable texts of requests, and open enums of
 * responses. Which field has which type is decided in the schema of each route in this folder.
 */

import { z } from 'zod';

/** Text of plain digits between two bounds; the route converts it to a number. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,16}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    )
    .meta({ type: 'integer', minimum, maximum });

/**
 * Printable text: no control characters or line ends, and no half of a surrogate pair. The document
 * has no pattern for it, only a sentence: generated PHP, Python, Go and Perl cannot read one.
 */
export const isPlain = (text: string): boolean =>
  text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);

/** Text of at most `max` code points (so zod counts them), which may be empty or white space. */
export const plain = (max: number) =>
  z.string().max(max).refine(isPlain, 'must not contain control characters');

/** Text of at most `max` code points without white space around it; not empty. */
export const text = (max: number) =>
  z.string().trim().min(1).max(max).refine(isPlain, 'must not contain control characters');

/**
 * The meta data of a union that the document shows as one type, with a sentence on the others:
 * generators cannot read several types for one field.
 */
export const documentedAs = (schema: object, description: string) => ({
  ...schema,
  description,
  anyOf: undefined,
});

/** The extension in which several generators read the known values of an open enum. */
export const KNOWN_VALUES = 'x-extensible-enum';

type About = { id?: string; description?: string };

/** A code word of a response: an open string, described with its known values. */
export function openEnum(values: readonly string[], { id, description }: About = {}) {
  const known = values.map((value) => `\`${value}\``).join(', ');
  const list = `Known values: ${known}; there may be others.`;
  return z.string().meta({
    ...(id === undefined ? {} : { id }),
    description: description === undefined ? list : `${description} ${list}`,
    [KNOWN_VALUES]: [...values],
  });
}
