/**
 * The shape of every error body, and the entries that a route's schema needs for its problems. The
 * codes are declared in flow/api/request-problem.ts, their sentences in registry.ts.
 */

import { z } from 'zod';
import { type ProblemCode, problemCodes } from '../../flow/api/request-problem.ts';
import { openEnum } from '../schema/fields.ts';
import { problemRegistry } from './registry.ts';

export const problemSchema = z
  .object({
    type: z.string().describe('Address of a page that explains the problem.'),
    title: z
      .string()
      .describe('The problem in a few words; the same for every occurrence of the code.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What is wrong with this request.'),
    instance: z.string().optional().describe('Path of the request.'),
    code: openEnum(problemCodes, {
      description: 'Stable name of the problem, for programs to branch on.',
    }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Every invalid field.'),
    payout: z
      .string()
      .optional()
      .describe('Address of the existing payout that the request conflicts with.'),
    request_id: z.string().describe('Id of this request in the log; also sent as X-Request-Id.'),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 describes it.' });

export type ProblemBody = z.output<typeof problemSchema>;

type ProblemReply = {
  description: string;
  content: { 'application/problem+json': { schema: typeof problemSchema } };
};

/** Problems that any route of the API may reply with. */
const COMMON: readonly ProblemCode[] = [
  'VALIDATION_FAILED',
  'UNAUTHORIZED',
  'FORBIDDEN_SCOPE',
  'MALFORMED_REQUEST',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL',
];

/**
 * The `response` entries of a route's schema for the common problems and `codes`, by status. The
 * codes of a use case are listed next to it, in flow/api.
 */
export function problemReplies(...codes: ProblemCode[]): Record<number, ProblemReply> {
  const replies: Record<number, ProblemReply> = {};
  for (const code of new Set([...codes, ...COMMON])) {
    const { status } = problemRegistry[code];
    const known = replies[status];
    replies[status] = {
      description: known === undefined ? code : `${known.description}, ${code}`,
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return replies;
}

/** What a command whose body may name the operator may be refused with. */
export const namedProblems = ['MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'OTHER_PERSON'] as const;

/** The same for a route of operators, which a page of another origin must not reach. */
export const operatorReplies = (...codes: ProblemCode[]): Record<number, ProblemReply> =>
  problemReplies('FOREIGN_ORIGIN', ...codes);
