/**
 * The request headers that routes read themselves: If-Match, Prefer and Idempotency-Key. Versions
 * are only read here; the write in `flow/write/apply-event.ts` compares them.
 */

import type { FastifyRequest } from 'fastify';
import { RequestProblem } from '../flow/api/request-problem.ts';

/** One entity tag. Weak ones count like strong ones, because proxies that compress weaken them. */
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;

/** A version as a bare number, which many clients send; our tags hold nothing else. */
const VERSION = /^[1-9]\d{0,8}$/;

const refuse = (): never => {
  const message = 'must be the ETag of the payout, such as "3", a list of them, or *';
  throw new RequestProblem('VALIDATION_FAILED', { errors: [{ path: 'if-match', message }] });
};

/**
 * The versions that If-Match names; null without the header, and for `*`, which any payout matches.
 * A tag that is none of ours is left out, so that it matches nothing. Throws VALIDATION_FAILED for
 * what cannot be read.
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

/** The longest wait, in seconds: below what proxies usually allow a request to take in all. */
export const WAIT_SECONDS_MAX = 60;

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

/** How long the caller would wait for a change, in seconds; 0 for not at all. */
export function preferredWaitSeconds(request: FastifyRequest): number {
  const header = request.headers['prefer'];
  const wishes = [header ?? ''].flat().join(',').split(',');
  for (const wish of wishes) {
    const seconds = WAIT.exec(wish.split(';', 1)[0]?.trim() ?? '')?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), WAIT_SECONDS_MAX);
  }
  return 0;
}

/**
 * Reads the Idempotency-Key header: a quoted string as RFC 8941 writes it, or the same text bare.
 * Both forms of one text are one key.
 */
const KEY_MAX = 255;

export type ParsedIdempotencyKey =
  | { kind: 'key'; key: string }
  | { kind: 'missing' }
  | { kind: 'invalid' };

/** Takes the header's value as Node gives it, without white space around it. */
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

/** The key of a request that must have one; throws the problem that says what is wrong with it. */
export function requireIdempotencyKey(header: string | string[] | undefined): string {
  const parsed = parseIdempotencyKey(header);
  if (parsed.kind === 'missing') throw new RequestProblem('IDEMPOTENCY_KEY_MISSING');
  if (parsed.kind === 'invalid') throw new RequestProblem('IDEMPOTENCY_KEY_INVALID');
  return parsed.key;
}
