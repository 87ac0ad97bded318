/**
 * Reads an HTTP answer of the gateway into one of a few plain cases. What a case means for a payout
 * is decided in verdict.ts. An answer that is not certainly a reply of the gateway yields no
 * fields.
 */

import type { Outbound } from '../lib/outbound/call.ts';
import type { OutboundCause } from '../lib/outbound/cause.ts';
import { ERROR_TEXT_CHARS_MAX, type UnreadCause } from '../payout/model/reply.ts';
import { parseReply, type ReplyFields } from './form.ts';
import { meaningOf } from './http-status.ts';

/** `validation-error`, `error` and the rest by their own name; "" where the reply has no type. */
export type Reply = { type: string; fields: ReplyFields };

export type ReadAnswer =
  | { kind: 'not_sent'; cause: OutboundCause }
  | { kind: 'unknown'; cause: UnreadCause }
  | { kind: 'turned_away'; httpStatus: number }
  | { kind: 'rejected'; reply: Reply }
  | { kind: 'failed'; reply: Reply }
  | { kind: 'replied'; reply: Reply };

/**
 * `replied`: HTTP 2xx and neither error type. `rejected`: a validation-error with HTTP 2xx or 4xx;
 * in JSON a 4xx that holds an error-message and no type is one too (payneteasy: "a rejected request
 * comes as HTTP 4xx with a JSON body that holds error-message"). `failed`: type error.
 */
export function readAnswer(answer: Outbound): ReadAnswer {
  if (answer.kind !== 'answered') return { kind: answer.kind, cause: answer.cause };
  const { httpStatus } = answer;
  const meaning = meaningOf(httpStatus);
  if (meaning === 'turned_away') return { kind: 'turned_away', httpStatus };
  if (meaning === 'redirected') return { kind: 'unknown', cause: 'redirected' };
  if (meaning === 'broken') return { kind: 'unknown', cause: `http_${httpStatus}` };
  const parsed = parseReply(answer.body, answer.headers.contentType);
  if (parsed.kind !== 'fields') return { kind: 'unknown', cause: parsed.kind };
  const { fields, isJson } = parsed;
  const reply = { type: (fields.get('type') ?? '').toLowerCase(), fields };
  const isClientError = httpStatus >= 400;
  if (reply.type === 'validation-error') return { kind: 'rejected', reply };
  if (reply.type === 'error') return { kind: 'failed', reply };
  if (!isClientError) return { kind: 'replied', reply };
  // The gateway's forms name their type: one without comes from a proxy before the gateway.
  return isJson && reply.type === '' && fields.has('error-message')
    ? { kind: 'rejected', reply }
    : { kind: 'unknown', cause: `http_${httpStatus}` };
}

/** Longer than any id of the protocol (orders 128, serial numbers 36). */
const idForm = /^[\w.:-]{1,128}$/;

/** A value of a reply; null where it is absent, which the gateway also writes as "null". */
export function textOf(fields: ReplyFields, name: string): string | null {
  const text = fields.get(name);
  return text === undefined || text.toLowerCase() === 'null' ? null : text;
}

/** An id of a reply; null when it is absent or does not have the form of an id. */
export function idOf(fields: ReplyFields, name: string): string | null {
  const text = textOf(fields, name);
  return text !== null && idForm.test(text) ? text : null;
}

/** Error texts. Cut, since they are stored and shown. */
export function errorTextOf(fields: ReplyFields, name: 'error-code' | 'error-message') {
  return textOf(fields, name)?.slice(0, ERROR_TEXT_CHARS_MAX).toWellFormed() ?? null;
}
