/**
 * The letters of the UpdatePayout dialect that tell a platform what became of its payout
 * (praxis: A authorized, P in progress, Y approved, J rejected, C canceled).
 */

export const letters = ['A', 'P', 'Y', 'J', 'C'] as const;
export type Letter = (typeof letters)[number];

/** The letters that a platform does not ask for. */
export const lettersBeside = (asked: readonly Letter[]): Letter[] =>
  letters.filter((letter) => !asked.includes(letter));
