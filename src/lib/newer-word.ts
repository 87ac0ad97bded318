/**
 * A word of a closed list that a newer version of this program has written: kept, written back and
 * shown as it is, and never acted on. No value of a list is one, so that the compiler finds every
 * place that looks such a word up without asking whether it is known.
 */

declare const newer: unique symbol;

export type NewerWord = string & { readonly [newer]: true };

/** The word itself where it is on the list, and marked as a newer version's where it is not. */
export const wordOf = <Word extends string>(
  known: readonly Word[],
  text: string,
): Word | NewerWord => known.find((word) => word === text) ?? (text as NewerWord);

/** Whether a word is on the list. */
export const isKnownWord = <Word extends string>(
  known: readonly Word[],
  word: string,
): word is Word => known.some((one) => one === word);
