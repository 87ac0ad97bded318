/**
 * The status letters of the UpdatePayout dialect: the one list from which types, checks and the
 * public contract follow. Which decision notifies the platform of which letter is decided in
 * payout/rules, through rules/notify.ts.
 */

export type LetterFacts = {
  /** praxis: UpdatePayout 3.0, Status. */
  meaning: string;
  /** Whether no other letter follows it: the payout is final. */
  ends: boolean;
  /** The final status that the cashier requests by sending the letter; null if it requests none. */
  stopsAs: 'rejected' | 'canceled' | null;
};

export const letterFacts = {
  A: { meaning: 'authorized', ends: false, stopsAs: null },
  P: { meaning: 'in progress', ends: false, stopsAs: null },
  Y: { meaning: 'approved', ends: true, stopsAs: null },
  J: { meaning: 'rejected', ends: true, stopsAs: 'rejected' },
  C: { meaning: 'canceled', ends: true, stopsAs: 'canceled' },
} as const satisfies Record<string, LetterFacts>;

export type Letter = keyof typeof letterFacts;

export const letters = Object.keys(letterFacts) as [Letter, ...Letter[]];

/** The letters that a platform is not subscribed to. */
export const unsubscribedLetters = (asked: readonly Letter[]): Letter[] =>
  letters.filter((letter) => !asked.includes(letter));
