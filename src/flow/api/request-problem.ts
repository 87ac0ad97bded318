/**
 * Problems of a request: why a client's request cannot be carried out, thrown as one class from
 * flow/ and http/. The codes are part of the public contract. Their HTTP status and sentences are
 * decided in http/problems/registry.ts, their body and headers in http/problems/body.ts. A use case
 * lists what it may throw next to itself, and its route documents that list.
 */

import { attentionFacts } from '../../payout/model/attention-facts.ts';
import { isUnavailable } from '../../store/database/pool.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
import { NewerRow, UnreadableRow } from '../../store/payouts/rows.ts';

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
  'OTHER_PERSON',
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
  'ROW_UNREADABLE',
  'CHECK_NOT_RELEASABLE',
  'VERSION_MISMATCH',
  'AHEAD_OF_HISTORY',
  'MORE_THAN_EXPECTED',
  'TOO_MANY_PAUSES',
  'PROPOSAL_NOT_FOUND',
  'PROPOSAL_OPEN',
  'PROPOSAL_CLOSED',
  'TOO_MANY_PROPOSALS',
  'SAME_PERSON',
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
  /** The timeline has the refusal already: the core recorded it with what it kept of it. */
  isRecorded?: boolean;
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

/** A database that restarts, or fails over to its standby, is reachable again within seconds. */
const UNAVAILABLE_RETRY_SECONDS = 2;

const unavailable = (facts: ProblemFacts = {}): RequestProblem =>
  new RequestProblem('UNAVAILABLE', { ...facts, retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS });

/** The problem of a command on a payout whose row cannot be read. */
export const rowUnreadable = ({ payoutId, where }: UnreadableRow): RequestProblem =>
  new RequestProblem('ROW_UNREADABLE', {
    payoutId,
    detail: `The stored row cannot be read: ${where}. ${attentionFacts.row_unreadable.action}`,
  });

/**
 * The problem that stands for an error of the database or of a row; null for any other error. A row
 * that cannot be read is UNAVAILABLE where no command names it, so that a create or a callback is
 * repeated: any other answer could be taken for "not created".
 */
export function problemOfStore(error: unknown): RequestProblem | null {
  if (error instanceof NewerRow) {
    return unavailable({
      detail: 'A newer version of the service wrote this payout; this replica changed nothing.',
    });
  }
  if (error instanceof RowKeyMissing) {
    return unavailable({
      detail: 'The replica that was asked lacks a key and changes nothing. Another one may do it.',
    });
  }
  if (error instanceof UnreadableRow) {
    return unavailable({
      detail: `The stored row of ${error.payoutId} cannot be read; nothing was created or changed.`,
    });
  }
  return isUnavailable(error) ? unavailable() : null;
}
