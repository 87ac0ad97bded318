/** The published and derived examples of UpdatePayout, typed for the tests that run them. */

import vectors from './vectors.json' with { type: 'json' };

type Body = Record<string, string | number>;

export const publishedRequests: { id: string; body: Body }[] = vectors.update_payout_requests;
export const publishedAnswers = vectors.update_payout_responses;
export const statusLetters = vectors.status_letters;

export const answerCases: {
  http: number | null;
  raw: string | null;
  class: string;
}[] = vectors.derived_response_classification.cases;

export const requestVariants: {
  change?: Record<string, string | number | undefined>;
  remove?: string[];
  expect: string;
}[] = vectors.derived_request_variants.cases;

/** A published request body by its id. */
export function publishedBody(id: string): Body {
  const request = publishedRequests.find((candidate) => candidate.id === id);
  if (request === undefined) throw new Error(`no published request ${id}`);
  return { ...request.body };
}
