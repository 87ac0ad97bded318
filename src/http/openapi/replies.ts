/**
 * The responses in the document: the description of each, its headers, and an example of every
 * payout status and of every problem. The sentences of problems are in problems/registry.ts.
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

/** The statuses of a payout that a successful response shows as examples. */
const shownIn: Readonly<Record<string, readonly Status[]>> = {
  createPayout: ['requested', 'bank_confirming'],
  getPayout: ['requested', ...open],
  authorizePayout: ['bank_confirmed', 'paying'],
  deauthorizePayout: ['bank_confirmed'],
  cancelPayout: ['canceled'],
  releaseCheck: ['checking'],
  resolvePayout: ['approved', 'declined'],
  acknowledgeAttention: ['processing'],
};

const successes: Readonly<Record<string, string>> = {
  createPayout: 'The payout as it was stored or, with `Prefer: wait`, as it is after the wait.',
  listPayouts: 'A page of payouts.',
  getPayout: 'The payout.',
  getTimeline: 'A page of the timeline.',
  listEvents: 'A page of events.',
  authorizePayout: 'The released payout; also if it was released before or needs no authorization.',
  deauthorizePayout:
    'The payout, which waits for a new authorization over HTTP; also if it waited before.',
  cancelPayout: 'The canceled payout; also if it was canceled before.',
  releaseCheck: 'The payout, for which a second payout-check is allowed now.',
  resolvePayout: 'The resolved payout.',
  acknowledgeAttention: 'The payout with the name of the operator who acknowledged it.',
  redeliverNotifications: 'The notifications that are redelivered.',
  bulkCommand: 'How many payouts match, and what was done.',
  proposeBreakGlass: 'The proposal, which a second operator has to approve.',
  listProposals: 'The open proposals.',
  approveProposal: 'The approved proposal, which was carried out.',
  getPause: 'Whether payments are paused.',
  pausePayments: 'Payments are paused.',
  resumePayments: 'Payments are resumed, unless lost history keeps them paused.',
  getLiveness: 'The process runs.',
  getReadiness: 'The service is ready for requests.',
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

/** The codes of a problem response, which problemReplies lists in its description. */
function codesOf(reply: Json): ProblemCode[] {
  const listed = String(reply['description']).split(', ');
  return problemCodes.filter((code) => listed.includes(code));
}

const isProblem = ({ content }: Json): boolean => isJson(content) && PROBLEM in content;

/** The problems that any request of this shape may get, in addition to the route's own. */
const alwaysPossible = (method: string, path: string): ProblemCode[] => [
  ...(method === 'post'
    ? (['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)
    : []),
  ...(path.includes('{') ? (['URL_TOO_LONG'] as const) : []),
];

/** The responses of one operation, with descriptions, headers and examples. */
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
