/**
 * Reads request bodies: only JSON in UTF-8, of limited depth, without member names that reach
 * prototypes or occur twice. A route that takes a form has its own parser; no body is compressed.
 * What a body may hold is decided by the schemas in http/schema.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { scanJson } from '../../lib/strict-json.ts';

/** The deepest body of the API has 4 levels; thousands of levels would exhaust the stack. */
const DEPTH_MAX = 16;

const REPEATED_NAME = 'A member name occurs twice in one object of the body.';

/** Replaces Fastify's own parsers, one of which accepts any text. */
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
      // The decoder's error adds nothing to this problem.
      done(new RequestProblem('MALFORMED_JSON', { detail: 'The body is not UTF-8.' }));
      return;
    }
    const scan = scanJson(text, DEPTH_MAX);
    if (scan.kind === 'too_deep') {
      const detail = `The body is nested more than ${DEPTH_MAX} levels deep.`;
      done(new RequestProblem('MALFORMED_JSON', { detail }));
      return;
    }
    void parse(request, text, (error, parsed) => {
      // Of two members with one name the parser keeps the last, and the client may mean the first.
      const isClear = scan.kind === 'scanned' && !scan.repeatsName;
      if (error !== null || isClear) done(error, parsed);
      else done(new RequestProblem('MALFORMED_JSON', { detail: REPEATED_NAME }));
    });
  });
}

/**
 * Whether the route accepts a request without a body. Many clients send a Content-Type with every
 * request, so the header alone does not announce a body.
 */
const needsNoBody = ({ routeOptions }: FastifyRequest): boolean =>
  mayBeLeftOut(routeOptions.schema?.body);

/** Whether a route that declares this body accepts a request without one. */
export function mayBeLeftOut(body: unknown): boolean {
  if (body === undefined) return true;
  return body instanceof z.ZodType && z.safeParse(body, undefined).success;
}

const COMPRESSED =
  'The body is compressed, as Content-Encoding says. Send it as it is, without the header.';

/**
 * Refuses a compressed body, after the caller is known and before the body is read: it would have
 * to be unpacked before its size is known, and bodies are limited to a few kilobytes anyway. Each
 * route answers in its own form.
 */
export function registerContentEncoding(server: FastifyInstance): void {
  server.addHook('preParsing', async (request, reply) => {
    const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (coding === '' || coding === 'identity') return;
    // RFC 9110: what a 415 because of the coding would accept instead.
    reply.header('accept-encoding', 'identity');
    throw new RequestProblem('UNSUPPORTED_MEDIA_TYPE', { detail: COMPRESSED });
  });
}
