/**
 * POST /v1/payouts: a request to pay somebody, taken once.
 */

import { createPayout, type PayoutRequest } from '../../flow/create-payout.ts';
import { RequestProblem } from '../../flow/request-problem.ts';
import { assert } from '../../lib/assert.ts';
import { parseMoney } from '../../payout/money.ts';
import type { Release } from '../../payout/payout.ts';
import type { Cashier } from '../../store/rows.ts';
import { requireIdempotencyKey } from '../idempotency-key.ts';
import { type Caller, callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import {
  type CreatePayoutBody,
  type CreateRules,
  createPayoutBodySchema,
} from '../schema/create-payout.ts';
import { idempotencyKeyHeader } from '../schema/headers.ts';
import { payoutSchema } from '../schema/payout.ts';
import { problemReplies } from '../schema/problem.ts';
import type { HttpShell } from '../shell.ts';
import { afterPreferredWait, type Waiting } from '../wait-for-change.ts';

/** A key that is held to authorizations cannot ask for a payout that needs none. */
function releaseOf({ release }: CreatePayoutBody, caller: Caller): Release {
  if (caller.release !== 'on_authorization') return release ?? 'automatic';
  if (release === 'automatic') throw new RequestProblem('RELEASE_NOT_ALLOWED');
  return 'on_authorization';
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
    release: releaseOf(body, caller),
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
      const created = await createPayout(flow, {
        request: toRequest(request.body, caller, only),
        body: request.body,
        apiKeyName: caller.name,
        idempotencyKey: requireIdempotencyKey(request.headers['idempotency-key']),
      });
      const { kind, stored } = created;
      if (kind === 'replayed') reply.header('idempotency-replayed', 'true');
      // A repeat is answered with the first answer at once; after_version waits for more.
      const shown =
        kind === 'replayed' ? stored : await afterPreferredWait(waiting, request, reply, stored);
      const body = presentPayout(flow, shown);
      return reply
        .code(201)
        .header('location', `/v1/payouts/${body.id}`)
        .header('etag', `"${body.version}"`)
        .send(body);
    },
  );
}
