/**
 * Parses the request headers If-Match, Prefer and Idempotency-Key. Versions are only read here; the
 * write in flow/write/apply-event.ts compares them. The headers are described to readers in
 * openapi/parameters.ts.
 */

import type { FastifyRequest } from 'fastify';
import { RequestProblem } from '../flow/api/request-problem.ts';

/** One entity tag. Weak tags count like strong ones, because proxies that compress weaken them. */
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;

/** A version as a bare number, which many clients send; our tags hold only versions. */
const VERSION = /^[1-9]\d{0,8}$/;

const refuse = (): never => {
  const message = 'must be the ETag of the payout, such as "3", a list of them, or *';
  throw new RequestProblem('VALIDATION_FAILED', { errors: [{ path: 'if-match', message }] });
};

/**
 * The versions that If-Match names; null without the header, and for `*`, which every payout
 * matches. A foreign tag is left out, so that it matches nothing. Throws VALIDATION_FAILED for an
 * unreadable header.
 */
export function requireVersion(request: FastifyRequest): readonly number[] | null {
  const text = request.headers['if-match']?.trim();
  if (text === undefined || text === '*') return null;
  if (VERSION.test(text)) return [Number(text)];
  return text.split(',').flatMap((part) => {
    const tag = ENTITY_TAG.exec(part.trim())?.[1] ?? refuse();
    return VERSION.test(tag) ? [Number(tag)] : [];
  });
}

/** The longest wait that a client may ask for, in seconds; WAIT_MAX_S says how long it is held. */
export const WAIT_SECONDS_MAX = 60;

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

/** How many seconds the client prefers to wait for a change; 0: not at all. */
export function preferredWaitSeconds(request: FastifyRequest): number {
  const header = request.headers['prefer'];
  const preferences = [header ?? ''].flat().join(',').split(',');
  for (const preference of preferences) {
    const seconds = WAIT.exec(preference.split(';', 1)[0]?.trim() ?? '')?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), WAIT_SECONDS_MAX);
  }
  return 0;
}

/** The most characters of an Idempotency-Key. */
const KEY_MAX = 255;

export type ParsedIdempotencyKey =
  | { kind: 'key'; key: string }
  | { kind: 'missing' }
  | { kind: 'invalid' };

/**
 * Parses the Idempotency-Key as Node gives it: a quoted string of RFC 8941, or the same text bare.
 * Both forms of one text are one key. White space around it is ignored.
 */
export function parseIdempotencyKey(header: string | string[] | undefined): ParsedIdempotencyKey {
  if (header === undefined) return { kind: 'missing' };
  if (typeof header !== 'string') return { kind: 'invalid' };
  const text = header.trim();
  if (text === '') return { kind: 'missing' };
  const key = text.startsWith('"') ? unquote(text) : text;
  const isKey = key !== null && key.length <= KEY_MAX && /^[\x20-\x7e]+$/.test(key);
  return isKey ? { kind: 'key', key } : { kind: 'invalid' };
}

/** The text of an RFC 8941 string, in which only the quote and the backslash are escaped. */
function unquote(text: string): string | null {
  const match = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text);
  return match?.[1]?.replace(/\\(["\\])/g, '$1') ?? null;
}

/** The key of a request that must have one; throws the problem of a missing or invalid key. */
export function requireIdempotencyKey(header: string | string[] | undefined): string {
  const parsed = parseIdempotencyKey(header);
  if (parsed.kind === 'missing') throw new RequestProblem('IDEMPOTENCY_KEY_MISSING');
  if (parsed.kind === 'invalid') throw new RequestProblem('IDEMPOTENCY_KEY_INVALID');
  return parsed.key;
}
