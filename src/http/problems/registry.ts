/**
 * The HTTP status and the sentences of each problem code, in one complete table: a new code does
 * not compile until its row is written. The codes are declared in flow/api/request-problem.ts. The
 * pages under /docs/problems/ are made from this table in pages.ts.
 */

import type { ProblemCode } from '../../flow/api/request-problem.ts';

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

const NOTHING_DONE = 'Known: nothing was created or changed.';
const CORRECT_FIRST = 'Correct the request first; the same request gets the same response.';
const LATER = 'Yes: retry the same request after the seconds in Retry-After.';

export const problemRegistry: Readonly<Record<ProblemCode, ProblemEntry>> = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed request',
    happened:
      'The service cannot read the request as HTTP: its address, length or framing is wrong.',
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
    happened: 'One or more fields are missing, unknown or invalid; `errors` names each of them.',
    outcome: NOTHING_DONE,
    retry: `${CORRECT_FIRST} The corrected request may use the same Idempotency-Key.`,
  },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    title: 'Idempotency-Key missing',
    happened: 'A payout is created only with an Idempotency-Key, so that a retry never pays twice.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with a key that is new for this payout, and the same key in every retry.',
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
    outcome: 'Known: the first payout of this key is unchanged, and no other was created.',
    retry: 'Only with a new key, if you really want a second payout.',
    namesPayout: true,
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'Idempotency-Key in use',
    happened: 'Another request with this Idempotency-Key is being stored at this moment.',
    outcome: 'Not known yet: the other request decides the outcome.',
    retry: LATER,
  },
  REFERENCE_TAKEN: {
    status: 409,
    title: 'Reference taken',
    happened: 'A payout with this reference exists already; `payout` is its address.',
    outcome: 'Known: the existing payout is unchanged, and no other was created.',
    retry: 'No: read the existing payout, or use another reference for another payout.',
    namesPayout: true,
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'Unauthorized',
    happened: 'The API key is missing or unknown. Send it as Authorization: Bearer <key>.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with a valid key.',
  },
  FORBIDDEN_SCOPE: {
    status: 403,
    title: 'Scope missing',
    happened: 'The API key is valid, but it does not have the scope that this call needs.',
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
    retry: 'No: find the payout by its reference.',
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
    happened: 'This address does not accept this method; Allow lists the methods that it accepts.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  NOT_AUTHORIZABLE: {
    status: 409,
    title: 'Not authorizable',
    happened: 'The payout is final, so an authorization can no longer release it.',
    outcome: 'Known: the payout is unchanged.',
    retry: 'No: read the payout to see how it ended.',
    namesPayout: true,
  },
  NOT_DEAUTHORIZABLE: {
    status: 409,
    title: 'Not deauthorizable',
    happened: 'payout-pay may have left already, or the payout is final.',
    outcome:
      'Known: a payment that may be moving was not stopped. If the payout is not final, no ' +
      'further payout-pay is sent, and it waits for a new authorization if none has left.',
    retry: 'No: read the payout until it is final, or waits for an authorization.',
    namesPayout: true,
  },
  NOT_CANCELABLE: {
    status: 409,
    title: 'Not cancelable',
    happened: 'The money may already be moving, or the payout is final.',
    outcome:
      'Known: the payout was not canceled. If its money may be moving, no further payout-pay is ' +
      'sent, and the payout ends as canceled if no payout-pay has left.',
    retry: 'No: read the payout until it is final.',
    namesPayout: true,
  },
  CHECK_NOT_RELEASABLE: {
    status: 409,
    title: 'Check not releasable',
    happened:
      'No second payout-check waits for an operator, or a second one has already been sent.',
    outcome: NOTHING_DONE,
    retry: 'Only after the payout shows the attention item check_outcome_unknown.',
    namesPayout: true,
  },
  VERSION_MISMATCH: {
    status: 412,
    title: 'Version mismatch',
    happened: 'The payout does not have the version that If-Match names.',
    outcome: 'Known: this command changed nothing; the payout had already changed.',
    retry: 'Read the payout again. If the command still applies, retry it with the new version.',
    namesPayout: true,
  },
  AHEAD_OF_HISTORY: {
    status: 409,
    title: 'Ahead of history',
    happened:
      'The request names a version or a feed position that this service has never given. The ' +
      'client has it from a history that the service has lost, for example by a restore.',
    outcome: 'Known: this request changed nothing. Later changes that you saw may be lost.',
    retry:
      'Not with this position: read the payout, or the feed from the last position that is still ' +
      'accepted, and compare. Tell the operator of the service.',
    namesPayout: true,
  },
  MORE_THAN_EXPECTED: {
    status: 409,
    title: 'More than expected',
    happened: 'More payouts match the filter than `expected` says.',
    outcome: 'Known: no payout was changed.',
    retry: 'Count again without `expected`, look at what matches, and send the new number.',
  },
  TOO_MANY_PAUSES: {
    status: 409,
    title: 'Too many pauses',
    happened: 'As many parts of the payments are paused as this service keeps.',
    outcome: 'Known: this part was not paused.',
    retry: 'After another part was resumed; or pause all payments.',
  },
  NOT_RESOLVABLE: {
    status: 409,
    title: 'Not resolvable',
    happened:
      'The payout cannot be resolved this way now: the gateway could not be polled, its reply ' +
      'contradicts the finding, or a command may still arrive at the gateway.',
    outcome: "Known: the payout was not resolved; the gateway's reply, if any, was recorded.",
    retry: 'Yes, when the reason in `detail` no longer applies.',
    namesPayout: true,
  },
  NOTHING_TO_ACKNOWLEDGE: {
    status: 409,
    title: 'Nothing to acknowledge',
    happened: 'The payout has no open attention item, or none with this code.',
    outcome: 'Known: the payout is unchanged.',
    retry: 'No: read the payout to see its open attention item.',
  },
  NOT_NOTIFYING: {
    status: 409,
    title: 'Not notifying',
    happened:
      'This installation does not notify its platform, so no notification can be delivered. It ' +
      'was last started with PRAXIS_NOTIFY_URL=none, or never with an address.',
    outcome: 'Known: no redelivery was started.',
    retry: 'Yes, after a start with the address of the platform in PRAXIS_NOTIFY_URL.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request timeout',
    happened: 'The whole request did not arrive in time.',
    outcome: NOTHING_DONE,
    retry: 'Yes: retry the same request.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'Body too large',
    happened: 'The body is larger than this service accepts.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  URL_TOO_LONG: {
    status: 414,
    title: 'Address too long',
    happened: 'A part of the address is longer than this service accepts.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    happened: 'The headers are larger than this service accepts.',
    outcome: NOTHING_DONE,
    retry: CORRECT_FIRST,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    happened: 'This address does not accept the Content-Type of the body; the API accepts JSON.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with Content-Type: application/json.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    happened: 'One client sent more requests in a short time than this service accepts.',
    outcome: NOTHING_DONE,
    retry: LATER,
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Unavailable',
    happened: 'The service is stopping, cannot reach its database, or is too old for its schema.',
    outcome: 'Not known from this response: the request may have been carried out.',
    retry: `${LATER} Retry a create with the same Idempotency-Key.`,
  },
  NOTIFY_URL_MISSING: {
    status: 503,
    title: 'Notification address missing',
    happened:
      'This installation notifies its platform, but this replica lacks the address ' +
      '(PRAXIS_NOTIFY_URL) and creates no payout until the address is configured.',
    outcome: NOTHING_DONE,
    retry: `${LATER} Another replica may accept it immediately.`,
  },
  FOREIGN_ORIGIN: {
    status: 403,
    title: 'Foreign origin',
    happened:
      'A page of another origin sent this request from a browser, as Origin or Sec-Fetch-Site ' +
      'says.',
    outcome: NOTHING_DONE,
    retry: 'Not from a page of another origin; programs send neither header.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    happened: 'The service had an unexpected error; `request_id` identifies it in the log.',
    outcome: 'Not known from this response: the request may have been carried out.',
    retry: 'Yes: retry a create with the same Idempotency-Key; read the payout before a command.',
  },
};
