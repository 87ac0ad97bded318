/**
 * The status letters of the UpdatePayout dialect: one list, from which types, checks and the public
 * contract follow. What each status sends is decided in `payout/rules`.
 */

export type LetterFacts = {
  /** praxis: UpdatePayout 3.0, Status. */
  meaning: string;
  /** Whether no other letter follows it: the payout is final. */
  ends: boolean;
  /** The status in which a cashier that sends the letter wants the payout to end; null: in none. */
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
export const lettersBeside = (asked: readonly Letter[]): Letter[] =>
  letters.filter((letter) => !asked.includes(letter));
