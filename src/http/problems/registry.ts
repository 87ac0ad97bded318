/**
 * What HTTP makes of each problem code: one total table, so that a new code does not compile before
 * its status and its explanation are written. The pages under /docs/problems/ are made from it.
 */

import type { ProblemCode } from '../../flow/api/request-problem.ts';

export type ProblemEntry = {
  status: number;
  title: string;
  /** What happened, in a sentence that holds for every occurrence. */
  happened: string;
  /** Whether the caller knows what became of the request. */
  outcome: string;
  /** Whether and how to try again. */
  retry: string;
};

const NOTHING_DONE = 'Known: nothing was created or changed.';
const CORRECT_FIRST = 'Correct the request first; the same request gets the same answer.';
const LATER = 'Yes: send the same request again after the seconds in Retry-After.';

export const problemRegistry: Readonly<Record<ProblemCode, ProblemEntry>> = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed request',
    happened: 'The request is not HTTP that this service can read: its address, length or framing.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  MALFORMED_JSON: {
    status: 400,
    title: 'Malformed JSON',
    happened:
      'The body is empty, not JSON in UTF-8, nested too deep, or has a forbidden or repeated name.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  VALIDATION_FAILED: {
    status: 400,
    title: 'Validation failed',
    happened: 'One or more fields are missing, unknown or not as they must be; errors names each.',
    outcome: NOTHING_DONE,
    retry: `${CORRECT_FIRST} The same Idempotency-Key may be used for the corrected one.`,
  },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    title: 'Idempotency-Key missing',
    happened:
      'A payout is created only with an Idempotency-Key, so that a repeat never pays twice.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with a key that is new for this payout, and the same key in every repeat.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    title: 'Idempotency-Key invalid',
    happened: 'The Idempotency-Key is not 1 to 255 printable ASCII characters, quoted or bare.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with a key of that form.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'Idempotency-Key reused',
    happened: 'This Idempotency-Key was used before, with another body.',
    outcome: 'Known: the first payout of this key stands unchanged, and no other was created.',
    retry: 'Only with a new key, if a second payout is really wanted.',
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'Idempotency-Key in use',
    happened: 'Another request with this Idempotency-Key is being stored at this moment.',
    outcome: 'Not known yet: the other request decides it.',
    retry: LATER,
  },
  REFERENCE_TAKEN: {
    status: 409,
    title: 'Reference taken',
    happened: 'A payout with this reference exists already; payout is its address.',
    outcome: 'Known: the existing payout stands unchanged, and no other was created.',
    retry: 'No: read the existing payout, or use another reference for another payout.',
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'Unauthorized',
    happened: 'The API key is missing or not known: it is sent as Authorization: Bearer <key>.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with a valid key.',
  },
  FORBIDDEN_SCOPE: {
    status: 403,
    title: 'Scope missing',
    happened: 'The API key is known, but it does not have the scope that this call needs.',
    outcome: NOTHING_DONE,
    retry: 'Only with a key that has the scope.',
  },
  RELEASE_NOT_ALLOWED: {
    status: 403,
    title: 'Release not allowed',
    happened: 'This API key may create only payouts whose release is on_authorization.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with release on_authorization, or with another key.',
  },
  PAYOUT_NOT_FOUND: {
    status: 404,
    title: 'Payout not found',
    happened: 'There is no payout with this id.',
    outcome: NOTHING_DONE,
    retry: 'No: look the payout up by its reference.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Route not found',
    happened: 'There is nothing at this address.',
    outcome: NOTHING_DONE,
    retry: `${CORRECT_FIRST} Addresses are case-sensitive and end without a slash.`,
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    happened: 'This address does not take this method; Allow lists the ones it takes.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  NOT_AUTHORIZABLE: {
    status: 409,
    title: 'Not authorizable',
    happened: 'The payout has ended, so that an authorization can no longer release it.',
    outcome: 'Known: the payout stands unchanged.',
    retry: 'No: read the payout to see how it ended.',
  },
  NOT_CANCELABLE: {
    status: 409,
    title: 'Not cancelable',
    happened: 'The money may already be moving, or the payout has ended.',
    outcome:
      'Known: the payout was not canceled. Where its money may be moving, no further ' +
      'payout-pay is sent, and it ends as canceled if none has left.',
    retry: 'No: read the payout until it is final.',
  },
  CHECK_NOT_RELEASABLE: {
    status: 409,
    title: 'Check not releasable',
    happened: 'No second payout-check waits for a person, or one has been sent already.',
    outcome: NOTHING_DONE,
    retry: 'Only after the payout shows attention check_outcome_unknown.',
  },
  VERSION_MISMATCH: {
    status: 412,
    title: 'Version mismatch',
    happened: 'The payout has another version than the one that If-Match names.',
    outcome: 'Known: this command changed nothing; something else had changed the payout before.',
    retry: 'Only after reading the payout again, with its new version, if the command still fits.',
  },
  AHEAD_OF_HISTORY: {
    status: 409,
    title: 'Ahead of history',
    happened:
      'The request names a version or a feed position that this service has never given. The ' +
      'caller has it from a history that the service no longer has, as after a restore.',
    outcome: 'Known: this request changed nothing. What the caller saw since may not be on record.',
    retry:
      'Not with this position: read the payout, or the feed from the last position that is still ' +
      'accepted, and compare. Tell the operator of the service.',
  },
  NOT_RESOLVABLE: {
    status: 409,
    title: 'Not resolvable',
    happened:
      'The payout cannot be resolved so now: the gateway could not be asked, it says otherwise, ' +
      'or a command may still arrive there.',
    outcome: 'Known: nothing was resolved; what the gateway answered meanwhile was recorded.',
    retry: 'Yes, when what detail says is over.',
  },
  NOTHING_TO_ACKNOWLEDGE: {
    status: 409,
    title: 'Nothing to acknowledge',
    happened: 'The payout has no open attention item, or none with this code.',
    outcome: 'Known: the payout stands unchanged.',
    retry: 'No: read the payout to see what is open.',
  },
  NOT_NOTIFYING: {
    status: 409,
    title: 'Not notifying',
    happened:
      'This installation does not notify its platform, so that nothing can be delivered: it was ' +
      'last started with PRAXIS_NOTIFY_URL=none, or never with an address.',
    outcome: 'Known: no notification was set to be sent again.',
    retry: 'Yes, after a start with the address of the platform in PRAXIS_NOTIFY_URL.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request timeout',
    happened: 'The request did not arrive in full in time.',
    outcome: NOTHING_DONE,
    retry: 'Yes: send the same request again.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'Body too large',
    happened: 'The body is larger than this service takes.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  URL_TOO_LONG: {
    status: 414,
    title: 'Address too long',
    happened: 'A part of the address is longer than this service takes.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    happened: 'The headers are larger than this service takes.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    happened: 'The body has another Content-Type than this address takes; the API takes JSON.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with Content-Type: application/json.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    happened: 'More requests arrived in a short time than this service takes from one caller.',
    outcome: NOTHING_DONE,
    retry: LATER,
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Unavailable',
    happened: 'The service is stopping, cannot reach its database, or is too old for its schema.',
    outcome: 'Not known from this answer: what the request asked for may have been stored.',
    retry: `${LATER} A create is repeated with the same Idempotency-Key.`,
  },
  NOTIFY_URL_MISSING: {
    status: 503,
    title: 'Notification address missing',
    happened:
      'This installation notifies its platform, but the replica that was asked lacks the address ' +
      '(PRAXIS_NOTIFY_URL) and creates no payout before it is configured.',
    outcome: NOTHING_DONE,
    retry: `${LATER} Another replica may take it at once.`,
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    happened: 'Something went wrong inside the service; request_id finds it in the log.',
    outcome: 'Not known from this answer: what the request asked for may have been stored.',
    retry: 'Yes, and a create with the same Idempotency-Key; or read the payout first.',
  },
};
