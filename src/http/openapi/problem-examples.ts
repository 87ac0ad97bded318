/**
 * One problem of each code, as examples in the document, made from problems/registry.ts.
 */

import { type ProblemCode, problemCodes, RequestProblem } from '../../flow/api/request-problem.ts';
import { toProblemBody } from '../problems/body.ts';
import { problemRegistry } from '../problems/registry.ts';
import type { ProblemBody } from '../problems/schema.ts';

const REQUEST_ID = '5f1c8a52-6d1f-4a39-9f0e-2f6f3b0a7c11';
const PAYOUT_ID = 'po_01kz6w3h8fe2vs5m8q4c9t7r2d';

function exampleOf(code: ProblemCode): ProblemBody {
  const problem = new RequestProblem(code, {
    ...(problemRegistry[code].namesPayout === true ? { payoutId: PAYOUT_ID } : {}),
    ...(code === 'VALIDATION_FAILED'
      ? { errors: [{ path: 'amount', message: 'must be greater than zero' }] }
      : {}),
  });
  return toProblemBody(problem, {
    requestId: REQUEST_ID,
    publicPath: (path) => path,
    instance: '/v1/payouts',
  });
}

/** Examples of the document's components, by their code. */
export const problemExamples: Record<string, { summary: string; value: ProblemBody }> =
  Object.fromEntries(
    problemCodes.map((code) => [
      code,
      { summary: problemRegistry[code].title, value: exampleOf(code) },
    ]),
  );

/** The description of a response: one paragraph for each of its codes. */
export const describeProblems = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${problemRegistry[code].happened}`).join('\n\n');
