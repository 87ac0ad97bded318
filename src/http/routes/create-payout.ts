/**
 * POST /v1/payouts: a request to pay somebody, taken once.
 */

import { createPayout, type PayoutRequest, replayPayout } from '../../flow/create-payout.ts';
import { RequestProblem } from '../../flow/request-problem.ts';
import { assert } from '../../lib/assert.ts';
import { parseMoney } from '../../payout/money.ts';
import type { Cashier } from '../../store/rows.ts';
import { requireIdempotencyKey } from '../idempotency-key.ts';
import { type Caller, callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { type CreatePayoutBody, createPayoutBodySchema } from '../schema/create-payout.ts';
import { type CreateRules, judgeByRules } from '../schema/create-rules.ts';
import { idempotencyKeyHeader } from '../schema/headers.ts';
import { payoutSchema } from '../schema/payout.ts';
import { problemReplies } from '../schema/problem.ts';
import type { HttpShell } from '../shell.ts';
import { afterPreferredWait, type Waiting } from '../wait-for-change.ts';

/** Why a new payout is refused that is well-formed; null where it is taken. */
function refusalOf(
  body: CreatePayoutBody,
  caller: Caller,
  rules: CreateRules,
): RequestProblem | null {
  const found = judgeByRules(body, rules);
  if (found.length > 0) {
    const errors = found.map(({ path, message }) => ({ path: path.join('.'), message }));
    return new RequestProblem('VALIDATION_FAILED', { errors });
  }
  // A key that is held to authorizations cannot ask for a payout that needs none.
  return caller.release === 'on_authorization' && body.release === 'automatic'
    ? new RequestProblem('RELEASE_NOT_ALLOWED')
    : null;
}

function cashierOf(cashier: CreatePayoutBody['cashier']): Cashier | null {
  if (cashier === undefined) return null;
  const { site_id, trace_id, ...rest } = cashier;
  return {
    ...rest,
    ...(site_id === undefined ? {} : { site_id: Number(site_id) }),
    ...(trace_id === undefined ? {} : { trace_id: String(trace_id) }),
  };
}

function toRequest(body: CreatePayoutBody, caller: Caller, only: string): PayoutRequest {
  const parsed = parseMoney(body.amount, body.currency);
  assert(parsed.kind === 'money', 'the schema let an amount through that does not parse');
  return {
    reference: body.reference,
    money: parsed.money,
    endpoint: body.endpoint ?? only,
    release: caller.release ?? body.release ?? 'automatic',
    description: body.description ?? null,
    purpose: body.purpose ?? null,
    receiver: body.receiver,
    returnUrl: body.return_url ?? null,
    cashier: cashierOf(body.cashier),
    metadata: body.metadata ?? null,
  };
}

export function registerCreatePayout(app: HttpShell, waiting: Waiting, rules: CreateRules): void {
  const { flow } = waiting;
  const [only] = rules.endpoints;
  assert(only !== undefined, 'no endpoint is configured');
  app.post(
    '/v1/payouts',
    {
      config: { scope: 'payouts:write' },
      schema: {
        operationId: 'createPayout',
        tags: ['payouts'],
        summary: 'Ask for a payout',
        description:
          'Stores the payout and answers at once; the gateway is asked in the background. Repeat ' +
          'the same request with the same key as often as needed: it is taken once.',
        headers: idempotencyKeyHeader,
        body: createPayoutBodySchema(rules),
        response: {
          201: payoutSchema.describe('The payout as it was stored.'),
          ...problemReplies(
            'IDEMPOTENCY_KEY_MISSING',
            'IDEMPOTENCY_KEY_INVALID',
            'MALFORMED_JSON',
            'VALIDATION_FAILED',
            'UNAUTHORIZED',
            'FORBIDDEN_SCOPE',
            'RELEASE_NOT_ALLOWED',
            'REFERENCE_TAKEN',
            'IDEMPOTENCY_KEY_IN_USE',
            'IDEMPOTENCY_KEY_REUSED',
            'BODY_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      const keyed = {
        body,
        apiKeyName: caller.name,
        idempotencyKey: requireIdempotencyKey(request.headers['idempotency-key']),
      };
      const refusal = refusalOf(body, caller, rules);
      const { kind, stored } =
        refusal === null
          ? await createPayout(flow, { ...keyed, request: toRequest(body, caller, only) })
          : await replayPayout(flow, keyed, refusal);
      if (kind === 'replayed') reply.header('idempotency-replayed', 'true');
      // A repeat is answered with the first answer at once; after_version waits for more.
      const shown =
        kind === 'replayed' ? stored : await afterPreferredWait(waiting, request, reply, stored);
      const answer = presentPayout(flow, shown);
      return reply
        .code(201)
        .header('location', `/v1/payouts/${answer.id}`)
        .header('etag', `"${answer.version}"`)
        .send(answer);
    },
  );
}
