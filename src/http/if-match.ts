/**
 * Reads If-Match on commands: the versions of the payout under which the caller wants the command
 * done. It compares nothing; that happens inside the write.
 */

import type { FastifyRequest } from 'fastify';
import { RequestProblem } from '../flow/request-problem.ts';

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
