/**
 * How bodies are read: JSON in UTF-8 only, of bounded depth, without names that reach into
 * prototypes or occur twice. A route that takes a form brings its own parser.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { scanJson } from '../../lib/strict-json.ts';

/** The deepest body of the API is 4 deep; what recurses into thousands would exhaust the stack. */
const DEPTH_MAX = 16;

const REPEATED_NAME = 'A name occurs twice in one object of the body.';

/** Replaces the parsers that Fastify brings, of which one takes any text. */
export function registerJsonBody(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
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
    const scan = scanJson(text, DEPTH_MAX);
    if (scan.kind === 'too_deep') {
      const detail = `The body is nested more than ${DEPTH_MAX} deep.`;
      done(new RequestProblem('MALFORMED_JSON', { detail }));
      return;
    }
    void parse(request, text, (error, parsed) => {
      // Of two members of one name the parser keeps the last: nobody can tell which one is meant.
      const isClear = scan.kind === 'scanned' && !scan.repeatsName;
      if (error !== null || isClear) done(error, parsed);
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
