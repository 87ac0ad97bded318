/**
 * Replies on the bare socket to what Node could not read as HTTP, since no request object exists
 * yet. The connection is closed afterwards, because the start of the next request is unknown. Every
 * other error is handled in errors.ts.
 */

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { type ProblemCode, RequestProblem } from '../../flow/api/request-problem.ts';
import { PROBLEM_TYPE, toProblemBody } from './body.ts';

const nodeCodes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Makes Fastify's `clientErrorHandler`. */
export const createClientErrorHandler =
  (log: FastifyBaseLogger) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const problem = new RequestProblem(nodeCodes[error.code ?? ''] ?? 'MALFORMED_REQUEST');
    const requestId = randomUUID();
    const body = toProblemBody(problem, requestId);
    const text = JSON.stringify(body);
    const head = [
      `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? 'Error'}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(text)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
    ];
    // The error itself is not logged: Node attaches the raw bytes of the request to it.
    log.debug(
      { requestId, cause: error.code, problem: problem.code },
      'A request could not be read as HTTP.',
    );
    if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
    else socket.destroy();
  };
