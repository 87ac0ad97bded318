/**
 * A word that a newer version of this program has added to a closed list: it is stored, written
 * back and shown unchanged, and never acted on. Its type differs from every value of the list, so
 * that the compiler finds each place that uses such a word without checking that it is known.
 */

declare const newer: unique symbol;

export type NewerWord = string & { readonly [newer]: true };

/**
 * The word itself where it is on the list, and marked as a newer version's word where it is not.
 */
export const wordOf = <Word extends string>(
  known: readonly Word[],
  text: string,
): Word | NewerWord => known.find((word) => word === text) ?? (text as NewerWord);

/** Whether a word is on the list. */
export const isKnownWord = <Word extends string>(
  known: readonly Word[],
  word: string,
): word is Word => known.some((one) => one === word);
