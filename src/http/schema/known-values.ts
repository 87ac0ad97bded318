/**
 * Words in answers: open strings that list the values of this version, since a later one may add
 * some and a client generated from this document has to live with them. Requests keep closed
 * enums: a word that is not known there is refused.
 */

import { z } from 'zod';

/** How the list is given to programs: the name that several generators read for open enums. */
export const KNOWN_VALUES = 'x-extensible-enum';

type About = { id?: string; description?: string };

/** A word of an answer, with what it says in one sentence. */
export function openWord(values: readonly string[], { id, description }: About = {}) {
  const list = `Known values: ${values.map((value) => `\`${value}\``).join(', ')}; more may come.`;
  return z.string().meta({
    ...(id === undefined ? {} : { id }),
    description: description === undefined ? list : `${description} ${list}`,
    [KNOWN_VALUES]: [...values],
  });
}
