/**
 * How bodies are read: JSON in UTF-8 only, of bounded depth, without names that reach into
 * prototypes. A route that takes a form brings its own parser.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequestProblem } from '../../flow/request-problem.ts';

/** The deepest body of the API is 4 deep; what recurses into thousands would exhaust the stack. */
const DEPTH_MAX = 16;

/** Replaces the parsers that Fastify brings, of which one takes any text. */
export function registerJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0 && needsNoBody(request)) {
      done(null, undefined);
      return;
    }
    let text: string;
    try {
      text = typeof body === 'string' ? body : utf8.decode(body);
    } catch {
      // The decoder says only that a byte is wrong, which is what this problem says too.
      done(new RequestProblem('MALFORMED_JSON', { detail: 'The body is not UTF-8.' }));
      return;
    }
    if (isTooDeep(text)) {
      const detail = `The body is nested more than ${DEPTH_MAX} deep.`;
      done(new RequestProblem('MALFORMED_JSON', { detail }));
      return;
    }
    void parse(request, text, done);
  });
}

/**
 * Whether the route is content without a body. Many clients name a Content-Type on every request,
 * so the header alone is no promise of one.
 */
const needsNoBody = ({ routeOptions }: FastifyRequest): boolean =>
  mayBeLeftOut(routeOptions.schema?.body);

/** Whether a route that declares this body takes a request without one. */
export function mayBeLeftOut(body: unknown): boolean {
  if (body === undefined) return true;
  return body instanceof z.ZodType && z.safeParse(body, undefined).success;
}

/**
 * Counts brackets outside of strings, so that a deep body is refused before anything recurses. A
 * plain loop: a regular expression for strings takes quadratic time on quotes that are never
 * closed.
 */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}
