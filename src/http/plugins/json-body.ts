/**
 * How bodies are read: JSON in UTF-8 only, of bounded depth, without names that reach into
 * prototypes or occur twice. A route that takes a form brings its own parser.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequestProblem } from '../../flow/api/request-problem.ts';

/** The deepest body of the API is 4 deep; what recurses into thousands would exhaust the stack. */
const DEPTH_MAX = 16;

const REPEATED_NAME = 'A name occurs twice in one object of the body.';

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
    const { depth, members } = measure(text);
    if (depth > DEPTH_MAX) {
      const detail = `The body is nested more than ${DEPTH_MAX} deep.`;
      done(new RequestProblem('MALFORMED_JSON', { detail }));
      return;
    }
    void parse(request, text, (error, parsed) => {
      if (error !== null || countMembers(parsed) === members) done(error, parsed);
      else done(new RequestProblem('MALFORMED_JSON', { detail: REPEATED_NAME }));
    });
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
 * Counts brackets and colons outside of strings: how deep the text goes, so that a deep one is
 * refused before anything recurses, and how many members its objects are written with. A plain
 * loop: a regular expression for strings takes quadratic time on quotes that are never closed.
 */
function measure(text: string): { depth: number; members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < text.length && deepest <= DEPTH_MAX; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === ':') members += 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > deepest) deepest = depth;
  }
  return { depth: deepest, members };
}

/**
 * How many members the objects of a parsed body have. Of two of one name JSON.parse keeps the last,
 * so that there are fewer than were written: which of them the sender means, nobody can tell.
 */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : inner.length;
  return inner.reduce<number>((sum, one) => sum + countMembers(one), own);
}
