/**
 * What registry.ts says of each problem code, and the sentences that several problems share.
 */

export type ProblemEntry = {
  status: number;
  title: string;
  /** What happened, in a sentence that holds for every occurrence. */
  happened: string;
  /** Whether the client knows the outcome of the request. */
  outcome: string;
  /** Whether and how to retry. */
  retry: string;
  /** Whether its example in the document names the payout that the request conflicts with. */
  namesPayout?: true;
};

export const NOTHING_DONE = 'Known: nothing was created or changed.';
export const CORRECT_FIRST = 'Correct the request first; the same request gets the same response.';
export const LATER = 'Yes: retry the same request after the seconds in Retry-After.';
