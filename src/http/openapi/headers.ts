/**
 * The headers of answers in the document. They are set in routes and hooks; a test compares what is
 * sent with what is written here.
 */

const text = (description: string) => ({ description, schema: { type: 'string' as const } });

/** The document's `components.headers`. */
export const headerComponents = {
  ETag: {
    description: "The payout's version, quoted; give it as If-Match.",
    schema: { type: 'string' as const, pattern: '^"[1-9][0-9]*"$' },
  },
  Location: text('The address of the payout.'),
  IdempotencyReplayed: {
    description: '`true` on the answer to a repeat; absent on the first one.',
    schema: { type: 'string' as const, enum: ['true'] },
  },
  PreferenceApplied: text('`wait=N` where the answer waited as Prefer wished.'),
  RetryAfter: {
    description: 'Seconds after which to send the same request again.',
    schema: { type: 'integer' as const, minimum: 1 },
  },
  RequestId: text('Finds this request in the log; the own X-Request-Id where it was harmless.'),
  WWWAuthenticate: text('How to authenticate.'),
  Link: text('The address of the payout that is in the way.'),
};

type Name = keyof typeof headerComponents;

const ref = (name: Name) => ({ $ref: `#/components/headers/${name}` });

const version = { ETag: ref('ETag') };
const waited = { ...version, 'Preference-Applied': ref('PreferenceApplied') };

/** Headers of successful answers, beside X-Request-Id, by operationId. */
const ofSuccess: Readonly<Record<string, object>> = {
  createPayout: {
    ...waited,
    Location: ref('Location'),
    'Idempotency-Replayed': ref('IdempotencyReplayed'),
  },
  getPayout: version,
  authorizePayout: waited,
  cancelPayout: waited,
  releaseCheck: waited,
  resolvePayout: version,
  acknowledgeAttention: version,
};

/** Headers of problems, beside X-Request-Id, by status. */
const ofProblem: Readonly<Record<string, object>> = {
  401: { 'WWW-Authenticate': ref('WWWAuthenticate') },
  409: { 'Retry-After': ref('RetryAfter'), Link: ref('Link') },
  412: { Link: ref('Link') },
  422: { Link: ref('Link') },
  429: { 'Retry-After': ref('RetryAfter') },
  503: { 'Retry-After': ref('RetryAfter') },
};

/** Headers of refusals whose body is the cashier's pair, by status. */
const ofPair: Readonly<Record<string, object>> = {
  429: { 'Retry-After': ref('RetryAfter') },
};

/** The headers of one answer; `problem` where its body is one. */
export const headersOf = (operationId: string, status: string, problem: boolean): object => ({
  'X-Request-Id': ref('RequestId'),
  ...(problem
    ? ofProblem[status]
    : status.startsWith('2')
      ? ofSuccess[operationId]
      : ofPair[status]),
});
