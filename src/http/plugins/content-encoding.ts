/**
 * Refuses a compressed body. It would have to be unpacked before its size is known, and no client
 * needs it: bodies are limited to a few kilobytes.
 */

import type { FastifyInstance } from 'fastify';
import { RequestProblem } from '../../flow/api/request-problem.ts';

const DETAIL =
  'The body is compressed, as Content-Encoding says. Send it as it is, without the header.';

/** After the caller is known, and before the body is read; each route answers in its own form. */
export function registerContentEncoding(server: FastifyInstance): void {
  server.addHook('preParsing', async (request, reply) => {
    const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (coding === '' || coding === 'identity') return;
    // RFC 9110: what a 415 because of the coding would accept instead.
    reply.header('accept-encoding', 'identity');
    throw new RequestProblem('UNSUPPORTED_MEDIA_TYPE', { detail: DETAIL });
  });
}
