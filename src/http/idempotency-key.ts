/**
 * Reads the Idempotency-Key header: a quoted string as RFC 8941 writes it, or the same text bare.
 * Both forms of one text are one key.
 */

import { RequestProblem } from '../flow/request-problem.ts';

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
