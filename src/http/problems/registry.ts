/**
 * The HTTP status and the sentences of each problem code, in one complete table: a new code does
 * not compile until its row is written. The codes are declared in flow/api/request-problem.ts. The
 * pages under /docs/problems/ are made from this table in pages.ts.
 */

import type { ProblemCode } from '../../flow/api/request-problem.ts';
import { commandRefusals } from './command-refusals.ts';
import { CORRECT_FIRST, LATER, NOTHING_DONE, type ProblemEntry } from './entry.ts';

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
  OTHER_PERSON: {
    status: 403,
    title: 'Name of another person',
    happened: 'The API key belongs to one person, and the body has another name.',
    outcome: NOTHING_DONE,
    retry: 'Yes: with the name of that person, or by the key of the person that is named.',
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
  ...commandRefusals,
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
    happened:
      'The service is stopping, cannot reach its database, is too old for its schema, or has no ' +
      'time for this read at the moment.',
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
    happened: 'A page of another origin sent this request from a browser.',
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
