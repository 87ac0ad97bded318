/**
 * The response of a problem: application/problem+json of RFC 9457, with its headers. It is written
 * as text, not through a route's schema, so that no mistake there can turn a 400 into a 500. The
 * status and sentences of each code are decided in registry.ts.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode, RequestProblem } from '../../flow/api/request-problem.ts';
import type { PublicPath } from '../../lib/public-paths.ts';
import { scrubText } from '../../payout/scrub/scrub.ts';
import { problemRegistry } from './registry.ts';
import type { ProblemBody } from './schema.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** More invalid fields than this do not help a client, and a body can hold thousands of them. */
const ERRORS_MAX = 50;

/** Names of unknown fields are the client's own text, which is repeated only in part. */
const ERROR_PATH_MAX = 200;

/** The path of the page that explains a code, such as /docs/problems/payout-not-found. */
export function problemAddress(code: ProblemCode): string {
  return `/docs/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

/** The path of a payout. */
export const payoutAddress = (payoutId: string): string => `/v1/payouts/${payoutId}`;

/** The path of a request without its query, which may hold personal data. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** Addresses of this service have fewer than 100 characters; a longer one is cut in the log. */
const LOGGED_PATH_MAX = 200;
/** With fewer digits, the usual case, a path has no card number in it. */
const CARD_DIGITS_MIN = 13;

/** The path of an address for the log: a client may write a card number where an id belongs. */
export function loggedPath(address: string): string {
  const path = (address.split('?', 1)[0] ?? '').slice(0, LOGGED_PATH_MAX);
  const digits = path.match(/\d/g)?.length ?? 0;
  return digits < CARD_DIGITS_MIN ? path : scrubText(path, {}, path.length === LOGGED_PATH_MAX);
}

/** Where a problem occurred. */
export type Occurrence = {
  requestId: string;
  publicPath: PublicPath;
  /** The path of the request, if it is known. */
  instance?: string;
};

/** The body of one problem. */
export function toProblemBody(
  problem: RequestProblem,
  { requestId, publicPath, instance }: Occurrence,
): ProblemBody {
  const { code, facts } = problem;
  const entry = problemRegistry[code];
  const errors = facts.errors?.slice(0, ERRORS_MAX).map(({ path, message }) => ({
    path: path.slice(0, ERROR_PATH_MAX),
    message,
  }));
  return {
    type: publicPath(problemAddress(code)),
    title: entry.title,
    status: entry.status,
    detail: facts.detail ?? entry.happened,
    ...(instance === undefined ? {} : { instance: publicPath(instance) }),
    code,
    ...(errors === undefined ? {} : { errors }),
    ...(facts.payoutId === undefined ? {} : { payout: publicPath(payoutAddress(facts.payoutId)) }),
    request_id: requestId,
  };
}

/** The headers of a problem, in addition to its media type. */
export function problemHeaders(
  { code, facts }: RequestProblem,
  publicPath: PublicPath,
): Record<string, string> {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer';
  if (facts.allow !== undefined) headers['allow'] = facts.allow.join(', ');
  if (facts.retryAfterSeconds !== undefined) {
    headers['retry-after'] = facts.retryAfterSeconds.toFixed(0);
  }
  if (facts.payoutId !== undefined) {
    headers['link'] = `<${publicPath(payoutAddress(facts.payoutId))}>; rel="related"`;
  }
  return headers;
}

/** Replies to a request with a problem. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: RequestProblem,
): FastifyReply {
  const { publicPath } = request.server;
  const body = toProblemBody(problem, {
    requestId: request.id,
    publicPath,
    instance: pathOf(request),
  });
  return reply
    .code(body.status)
    .headers(problemHeaders(problem, publicPath))
    .header('x-request-id', request.id)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(body));
}
