/**
 * The response headers in the document. Routes and hooks set them, problems in problems/body.ts; a
 * test compares the headers that are sent with this list.
 */

const text = (description: string) => ({ description, schema: { type: 'string' as const } });

/** The document's `components.headers`. */
export const headerComponents = {
  ETag: {
    description: "The payout's version, quoted. Send it as If-Match with a command.",
    schema: { type: 'string' as const, pattern: '^"[1-9][0-9]*"$' },
  },
  Location: text('The address of the payout.'),
  IdempotencyReplayed: {
    description: '`true` on the response to a retry; absent on the first response.',
    schema: { type: 'string' as const, enum: ['true'] },
  },
  PreferenceApplied: text(
    '`wait=N` if the response was delayed as Prefer requested; N is the time that was allowed.',
  ),
  RetryAfter: {
    description: 'Seconds after which to retry the same request.',
    schema: { type: 'integer' as const, minimum: 1 },
  },
  RequestId: text(
    'Id of this request in the log: your X-Request-Id if it was valid, else a new one.',
  ),
  WWWAuthenticate: text('How to authenticate.'),
  Link: text('The address of the payout that the request conflicts with.'),
};

type Name = keyof typeof headerComponents;

const ref = (name: Name) => ({ $ref: `#/components/headers/${name}` });

const version = { ETag: ref('ETag') };
const waited = { ...version, 'Preference-Applied': ref('PreferenceApplied') };

/** Headers of successful responses in addition to X-Request-Id, by operationId. */
const ofSuccess: Readonly<Record<string, object>> = {
  createPayout: {
    ...waited,
    Location: ref('Location'),
    'Idempotency-Replayed': ref('IdempotencyReplayed'),
  },
  getPayout: version,
  authorizePayout: waited,
  deauthorizePayout: waited,
  cancelPayout: waited,
  releaseCheck: waited,
  resolvePayout: version,
  acknowledgeAttention: version,
};

/** Headers of problems in addition to X-Request-Id, by status. */
const ofProblem: Readonly<Record<string, object>> = {
  401: { 'WWW-Authenticate': ref('WWWAuthenticate') },
  409: { 'Retry-After': ref('RetryAfter'), Link: ref('Link') },
  412: { Link: ref('Link') },
  422: { Link: ref('Link') },
  429: { 'Retry-After': ref('RetryAfter') },
  503: { 'Retry-After': ref('RetryAfter') },
};

/** Headers of refusals whose body is the cashier's `{Status, Description}`, by status. */
const ofPair: Readonly<Record<string, object>> = {
  429: { 'Retry-After': ref('RetryAfter') },
};

/** The headers of one response; `problem`: whether its body is a problem. */
export const headersOf = (operationId: string, status: string, problem: boolean): object => ({
  'X-Request-Id': ref('RequestId'),
  ...(problem
    ? ofProblem[status]
    : status.startsWith('2')
      ? ofSuccess[operationId]
      : ofPair[status]),
});
