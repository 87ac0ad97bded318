/**
 * Text from outside as a terminal, a log or a page may show it: a receiver, a gateway or a platform
 * can write characters that move the cursor, forge a line, or turn the direction of what follows.
 */

/** Controls (also terminal escapes), line separators, marks of direction, half surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * The text with each such character as `\u001b`: the escape of JSON, so that JSON keeps its
 * meaning. What joins letters in Indic scripts, Persian and emoji stays.
 */
export const visible = (text: string): string =>
  text.replace(unsafe, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
