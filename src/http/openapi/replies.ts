/**
 * Answers in the document: what each says for its readers, its headers, and an example of every
 * status of a payout and of every problem.
 */

import { type ProblemCode, problemCodes } from '../../flow/api/request-problem.ts';
import { type Status, statuses } from '../../payout/model/status.ts';
import { problemRegistry } from '../problems/registry.ts';
import { headersOf } from './headers.ts';
import { describeProblems } from './problem-examples.ts';
import { isJson, type Json } from './simplify.ts';

const PROBLEM = 'application/problem+json';
const PROBLEM_SCHEMA = { $ref: '#/components/schemas/Problem' };

const open = statuses.filter((status) => status !== 'requested');

/** The statuses that a successful answer may show a payout in; one example for each. */
const shownIn: Readonly<Record<string, readonly Status[]>> = {
  createPayout: ['requested', 'bank_confirming'],
  getPayout: ['requested', ...open],
  authorizePayout: ['bank_confirmed', 'paying'],
  cancelPayout: ['canceled'],
  releaseCheck: ['checking'],
  resolvePayout: ['approved', 'declined'],
  acknowledgeAttention: ['processing'],
};

const successes: Readonly<Record<string, string>> = {
  createPayout: 'The payout: as it was stored, or, after a wait, as it is by then.',
  listPayouts: 'A page of payouts.',
  getPayout: 'The payout.',
  getTimeline: 'A page of what happened.',
  listEvents: 'A page of events.',
  authorizePayout: 'The payout, released; also where it was released before or needs no release.',
  cancelPayout: 'The payout, canceled; also where it was canceled before.',
  releaseCheck: 'The payout, whose second payout-check may be sent now.',
  resolvePayout: 'The payout with what was found.',
  acknowledgeAttention: 'The payout with the name of whoever has seen it.',
  redeliverNotifications: 'What is sent again.',
  getPause: 'Whether payments are paused.',
  pausePayments: 'Payments are paused.',
  resumePayments: 'Payments go on.',
  getLiveness: 'The process runs.',
  getReadiness: 'The service can work.',
};

const exampleRefs = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }]));

function success(operationId: string, status: string, reply: Json): Json {
  const { content } = reply;
  const examples = exampleRefs(shownIn[operationId] ?? []);
  const json = isJson(content) ? content['application/json'] : undefined;
  const shown = isJson(json) && Object.keys(examples).length > 0 ? { ...json, examples } : json;
  return {
    description: successes[operationId] ?? reply['description'],
    headers: headersOf(operationId, status, false),
    ...(shown === undefined
      ? {}
      : { content: { ...(isJson(content) ? content : {}), 'application/json': shown } }),
  };
}

const problem = (operationId: string, status: string, codes: readonly ProblemCode[]): Json => ({
  description: describeProblems(codes),
  headers: headersOf(operationId, status, true),
  content: { [PROBLEM]: { schema: PROBLEM_SCHEMA, examples: exampleRefs(codes) } },
});

/** The codes of a problem answer, which problemReplies lists in its description. */
function codesOf(reply: Json): ProblemCode[] {
  const listed = String(reply['description']).split(', ');
  return problemCodes.filter((code) => listed.includes(code));
}

const isProblem = ({ content }: Json): boolean => isJson(content) && PROBLEM in content;

/** What any request of this shape may be answered, whatever the route does with it. */
const alwaysPossible = (method: string, path: string): ProblemCode[] => [
  ...(method === 'post'
    ? (['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)
    : []),
  ...(path.includes('{') ? (['URL_TOO_LONG'] as const) : []),
];

/** The answers of one operation, described. */
export function describeReplies(
  { method, path }: { method: string; path: string },
  operationId: string,
  replies: Json,
): Json {
  const described: Json = {};
  const codes = new Map<string, Set<ProblemCode>>();
  const add = (code: ProblemCode): void => {
    const status = String(problemRegistry[code].status);
    codes.set(status, (codes.get(status) ?? new Set()).add(code));
  };
  for (const [status, reply] of Object.entries(replies)) {
    if (!isJson(reply)) continue;
    if (isProblem(reply)) codesOf(reply).forEach(add);
    else described[status] = success(operationId, status, reply);
  }
  if (codes.size > 0) alwaysPossible(method, path).forEach(add);
  for (const [status, listed] of codes) {
    const inOrder = problemCodes.filter((code) => listed.has(code));
    described[status] = problem(operationId, status, inOrder);
  }
  return Object.fromEntries(Object.entries(described).toSorted(([a], [b]) => a.localeCompare(b)));
}
