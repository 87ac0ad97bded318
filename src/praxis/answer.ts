/**
 * The pair that every UpdatePayout call to us is answered with: its codes, their sentences and its
 * exact text. Which one a call gets is decided in flow/platform/take-update-payout.ts.
 */

/**
 * The codes of `Status`. 6 (balance too low) is left to platforms: this service keeps no balances.
 */
export const answerStatus = {
  done: 0,
  notUnderstood: 1,
  unknownPayout: 2,
  otherOwner: 3,
  refused: 4,
  otherMoney: 5,
  unknownLetter: 7,
  notAllowed: 8,
  /**
   * The only code that asks the cashier to repeat the call (praxis: 9.1, resend after about 5 min).
   */
  ourFault: -1,
} as const;

export type AnswerStatus = (typeof answerStatus)[keyof typeof answerStatus];

/**
 * One sentence per code; those of 0 and 4 are published (praxis: UpdatePayout 3.0, response
 * examples).
 */
export const answerSentences: Readonly<Record<AnswerStatus, string>> = {
  0: 'Update payout request success',
  1: 'Update payout request not understood',
  2: 'No payout has this ExtPayoutID',
  3: 'The payout belongs to another PIN, FrontEndName or SiteID',
  4: 'Update payout request failed',
  5: 'Amount or Currency differ from the payout',
  7: 'The Status letter is not known',
  8: 'The caller is not allowed',
  '-1': 'Internal error, nothing was saved, send it again',
};

/**
 * Whether the published limit of 256 counts bytes or characters is unknown (praxis: 5.3); ASCII
 * this short fits either way.
 */
const DESCRIPTION_MAX = 200;

/**
 * The exact text of an answer. A description without anything printable becomes the sentence of its
 * code, so that Description is never empty.
 */
export function pair(status: AnswerStatus, description: string): string {
  const printed = printable(description, DESCRIPTION_MAX);
  return JSON.stringify({ Status: status, Description: printed || answerSentences[status] });
}

/** A code's sentence with the reason after it. */
export const because = (status: AnswerStatus, why: string): string =>
  `${answerSentences[status]}: ${why}`;

/**
 * Text as one line of printable ASCII, at most `max` characters: accents dropped, the rest as "?".
 */
export function printable(text: string, max: number): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .trim()
    .slice(0, max)
    .trimEnd();
}
