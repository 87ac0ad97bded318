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
import { callbacksPath, gatewayNames, type PublicPath } from '../../lib/public-paths.ts';
import { PROBLEM_TYPE, toProblemBody } from './body.ts';

const nodeCodes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** The beginning of a callback's request line, in the forms of lib/public-paths.ts. */
const CALLBACK = new RegExp(
  `^(?:GET|HEAD|POST) /*(?:${gatewayNames.map(callbacksPath).join('|').replaceAll('/', '/+')})/`,
  'i',
);

/** Node attaches the bytes that it could not read; only their beginning is looked at. */
type ClientError = NodeJS.ErrnoException & { rawPacket?: unknown };

/** The path of a callback is far shorter. */
const BEGINNING_BYTES = 200;

const isCallback = ({ rawPacket }: ClientError): boolean =>
  Buffer.isBuffer(rawPacket) && CALLBACK.test(rawPacket.toString('latin1', 0, BEGINNING_BYTES));

/** Makes Fastify's `clientErrorHandler`; `onCallback` is told who sent an unreadable callback. */
export const createClientErrorHandler =
  (log: FastifyBaseLogger, publicPath: PublicPath, onCallback: (address: string) => void) =>
  (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (isCallback(error)) onCallback(socket.remoteAddress ?? '');
    const problem = new RequestProblem(nodeCodes[error.code ?? ''] ?? 'MALFORMED_REQUEST');
    const requestId = randomUUID();
    const body = toProblemBody(problem, { requestId, publicPath });
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
