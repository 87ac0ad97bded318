/**
 * Handles every error of a request. A problem is sent as it is. A refusal by Fastify is translated
 * by its stable code. Any other error is unexpected: it is logged in full, and the client gets no
 * detail of it. The form of the response is decided in body.ts.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemCode, RequestProblem } from '../../flow/api/request-problem.ts';
import { isUnavailable } from '../../store/database/pool.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
import { NewerRow } from '../../store/payouts/rows.ts';
import { pathOf, sendProblem } from './body.ts';

/**
 * The refusals by Fastify itself. A code that is not listed is an unexpected error, whatever status
 * it carries.
 */
const fastifyCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'MALFORMED_REQUEST',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'MALFORMED_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'URL_TOO_LONG',
  FST_ERR_NOT_FOUND: 'ROUTE_NOT_FOUND',
};

/** A database that restarts, or fails over to its standby, is reachable again within seconds. */
const UNAVAILABLE_RETRY_SECONDS = 2;

/**
 * The problem that stands for a thrown error. An error that the client did not cause is logged here
 * and becomes UNAVAILABLE while the database is unavailable, INTERNAL otherwise.
 */
export function problemOf(error: unknown, request: FastifyRequest): RequestProblem {
  const problem = toRequestProblem(error);
  if (problem !== null) return problem;
  const fields = { err: error, method: request.method, path: pathOf(request) };
  if (isUnavailable(error)) {
    request.log.warn(fields, 'The database is unavailable.');
    return new RequestProblem('UNAVAILABLE', { retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS });
  }
  request.log.error(fields, 'The request failed unexpectedly.');
  return new RequestProblem('INTERNAL');
}

/**
 * Replies to a thrown error. It is also Fastify's `frameworkErrors`, for requests that fail before
 * a route is found.
 */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(request, reply, problemOf(error, request));
}

function toRequestProblem(error: unknown): RequestProblem | null {
  if (error instanceof RequestProblem) return error;
  if (error instanceof NewerRow) {
    return new RequestProblem('UNAVAILABLE', {
      detail: 'A newer version of the service wrote this payout; this replica changed nothing.',
      retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
    });
  }
  if (error instanceof RowKeyMissing) {
    return new RequestProblem('UNAVAILABLE', {
      detail: 'The replica that was asked lacks a key and changes nothing. Another one may do it.',
      retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
    });
  }
  if (!(error instanceof Error) || !('code' in error)) return null;
  const code = Object.hasOwn(fastifyCodes, String(error.code))
    ? fastifyCodes[String(error.code)]
    : undefined;
  return code === undefined ? null : new RequestProblem(code);
}

/** Installs the handlers. Routes have to be added afterwards, so that Allow lists them. */
export function registerErrors(server: FastifyInstance): void {
  const routes: { methods: string[]; pattern: RegExp }[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    routes.push({ methods: [method].flat(), pattern: toPattern(url) });
  });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const matching = routes.filter(({ pattern }) => pattern.test(path));
    const allow = [...new Set(matching.flatMap(({ methods }) => methods))].toSorted();
    // A route that takes the method replied 404 itself, as for a missing file of Swagger UI.
    const found = allow.length > 0 && !allow.includes(request.method);
    const problem = found
      ? new RequestProblem('METHOD_NOT_ALLOWED', { allow })
      : new RequestProblem('ROUTE_NOT_FOUND');
    return sendProblem(request, reply, problem);
  });
}

/** The pattern of the paths that match a route's address. */
function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
