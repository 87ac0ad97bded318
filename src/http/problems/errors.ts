/**
 * Every error answer of the service. Problems are told as they are; what Fastify refuses is
 * translated by its stable codes; anything else is a fault of ours, logged in full and told without
 * a word of it.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemCode, RequestProblem } from '../../flow/api/request-problem.ts';
import { isUnreachable } from '../../store/database/pool.ts';
import { NewerRow } from '../../store/payouts/rows.ts';
import { pathOf, sendProblem } from './body.ts';

/**
 * What Fastify itself refuses. A code that is not here is a fault of ours, whatever status it
 * carries.
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

/** A database that is restarted, or taken over by its standby, is there again within seconds. */
const UNREACHABLE_RETRY_SECONDS = 2;

/**
 * The problem that stands for what was thrown. What is no problem of the caller's is logged here,
 * and told as UNAVAILABLE while the database is away, as INTERNAL otherwise.
 */
export function problemOf(error: unknown, request: FastifyRequest): RequestProblem {
  const problem = toRequestProblem(error);
  if (problem !== null) return problem;
  const fields = { err: error, method: request.method, path: pathOf(request) };
  if (isUnreachable(error)) {
    request.log.warn(fields, 'no database');
    return new RequestProblem('UNAVAILABLE', { retryAfterSeconds: UNREACHABLE_RETRY_SECONDS });
  }
  request.log.error(fields, 'request failed');
  return new RequestProblem('INTERNAL');
}

/**
 * Answers what was thrown; also Fastify's `frameworkErrors`, for what fails before a route is
 * found.
 */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(request, reply, problemOf(error, request));
}

function toRequestProblem(error: unknown): RequestProblem | null {
  if (error instanceof RequestProblem) return error;
  if (error instanceof NewerRow) {
    return new RequestProblem('UNAVAILABLE', {
      detail: 'The payout is in a state of a newer version of the service; nothing was changed.',
      retryAfterSeconds: UNREACHABLE_RETRY_SECONDS,
    });
  }
  if (!(error instanceof Error) || !('code' in error)) return null;
  const code = Object.hasOwn(fastifyCodes, String(error.code))
    ? fastifyCodes[String(error.code)]
    : undefined;
  return code === undefined ? null : new RequestProblem(code);
}

/** Installs the handlers; routes must be added afterwards, for Allow to know them. */
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
    // A route that takes the method said itself that there is nothing: a file of the documentation.
    const found = allow.length > 0 && !allow.includes(request.method);
    const problem = found
      ? new RequestProblem('METHOD_NOT_ALLOWED', { allow })
      : new RequestProblem('ROUTE_NOT_FOUND');
    return sendProblem(request, reply, problem);
  });
}

/** The paths that a route's address stands for. */
function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
