/**
 * Problems of a request: why a client's request cannot be carried out, thrown as one class from
 * flow/ and http/. The codes are part of the public contract. Their HTTP status and sentences are
 * decided in http/problems/registry.ts, their body and headers in http/problems/body.ts. A use case
 * lists what it may throw next to itself, and its route documents that list.
 */

export const problemCodes = [
  'MALFORMED_REQUEST',
  'MALFORMED_JSON',
  'VALIDATION_FAILED',
  'IDEMPOTENCY_KEY_MISSING',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
  'REFERENCE_TAKEN',
  'UNAUTHORIZED',
  'FORBIDDEN_SCOPE',
  'RELEASE_NOT_ALLOWED',
  'PAYOUT_NOT_FOUND',
  'ROUTE_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'NOT_AUTHORIZABLE',
  'NOT_DEAUTHORIZABLE',
  'NOT_CANCELABLE',
  'NOT_RESOLVABLE',
  'NOTHING_TO_ACKNOWLEDGE',
  'NOT_NOTIFYING',
  'CHECK_NOT_RELEASABLE',
  'VERSION_MISMATCH',
  'AHEAD_OF_HISTORY',
  'MORE_THAN_EXPECTED',
  'TOO_MANY_PAUSES',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'URL_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'NOTIFY_URL_MISSING',
  'FOREIGN_ORIGIN',
  'INTERNAL',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/**
 * One invalid field; `path` is dotted, such as receiver.bank_account.bank_name.
 */
export type FieldError = { path: string; message: string };

/** The facts of this one occurrence. Nothing here may hold receiver data. */
export type ProblemFacts = {
  /** One sentence; without it the client gets the sentence of the code. */
  detail?: string;
  errors?: readonly FieldError[];
  /** The existing payout that the request conflicts with. */
  payoutId?: string;
  retryAfterSeconds?: number;
  /** The methods that the path accepts. */
  allow?: readonly string[];
};

export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, facts: ProblemFacts = {}) {
    super(facts.detail ?? code);
    this.code = code;
    this.facts = facts;
  }
}
