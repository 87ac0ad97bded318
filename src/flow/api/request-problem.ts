/**
 * Problems of a request: what the caller did that cannot be done, thrown as one class from flow/
 * and http/. The codes are part of the public contract; what HTTP makes of them is in
 * http/problem.ts.
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
  'NOT_CANCELABLE',
  'NOT_RESOLVABLE',
  'NOTHING_TO_ACKNOWLEDGE',
  'NOT_NOTIFYING',
  'CHECK_NOT_RELEASABLE',
  'VERSION_MISMATCH',
  'AHEAD_OF_HISTORY',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'URL_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'NOTIFY_URL_MISSING',
  'INTERNAL',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/**
 * One field that is not as it must be; `path` is dotted, such as receiver.bank_account.bank_name.
 */
export type FieldError = { path: string; message: string };

/** What is told about this one occurrence. Nothing here may hold receiver data. */
export type ProblemFacts = {
  /** One sentence; without it the sentence of the code is told. */
  detail?: string;
  errors?: readonly FieldError[];
  /** The existing payout the request ran into. */
  payoutId?: string;
  retryAfterSeconds?: number;
  /** The methods that the path does take. */
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
