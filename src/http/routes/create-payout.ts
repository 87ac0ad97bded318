/**
 * POST /v1/payouts: a request to pay somebody, taken once.
 */

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type Created,
  createPayout,
  type PayoutRequest,
  repeatPayout,
} from '../../flow/api/create-payout.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { AppContext } from '../../flow/context.ts';
import { assert } from '../../lib/assert.ts';
import { parseMoney } from '../../payout/model/money.ts';
import type { Cashier } from '../../store/payouts/rows.ts';
import { type Caller, callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireIdempotencyKey } from '../request-headers.ts';
import { type CreatePayoutBody, createPayoutBodySchema } from '../schema/create-payout.ts';
import { type CreateRules, judgeByRules } from '../schema/create-rules.ts';
import { payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { afterPreferredWait, type Waiting } from '../wait-for-change.ts';

/**
 * Headers as routes declare them. They are documented here and read by their own parsers, because a
 * schema's message about a header would not carry the code that callers branch on.
 */
export const idempotencyKeyHeader = z
  .object({
    'idempotency-key': z
      .string()
      .optional()
      .describe(
        '1-255 printable ASCII characters, quoted or bare; the same for every repeat of one ' +
          'request. It never expires while the payout exists.',
      ),
  })
  // Required all the same: its parser says so, under a code of its own.
  .meta({ required: ['idempotency-key'] });

/**
 * Why this replica takes no new payout at all; null where it takes them. Asked before each body is
 * judged, so that it also brings up to date what the rules say.
 */
export type CreateRefusal = () => Promise<RequestProblem | null>;

/**
 * What today's configuration and keys have against a new payout; null where they have nothing. A
 * key that is held to authorizations cannot ask for a payout that needs none.
 */
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
  const isHeld = caller.release === 'on_authorization' && body.release === 'automatic';
  return isHeld ? new RequestProblem('RELEASE_NOT_ALLOWED') : null;
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

function toRequest(
  body: CreatePayoutBody,
  caller: Caller,
  { endpoints: [first] }: CreateRules,
): PayoutRequest {
  const parsed = parseMoney(body.amount, body.currency);
  assert(parsed.kind === 'money', 'the schema let an amount through that does not parse');
  const endpoint = body.endpoint ?? first;
  assert(endpoint !== undefined, 'no endpoint is configured');
  return {
    reference: body.reference,
    money: parsed.money,
    endpoint,
    release: caller.release ?? body.release ?? 'automatic',
    description: body.description ?? null,
    purpose: body.purpose ?? null,
    receiver: body.receiver,
    returnUrl: body.return_url ?? null,
    cashier: cashierOf(body.cashier),
    metadata: body.metadata ?? null,
  };
}

/**
 * The new payout, or the first answer to a repeat. What would be refused as new is looked up by its
 * key: a change of the configuration must not turn a repeat into a failure of what was taken.
 */
async function createOrRepeat(
  app: AppContext,
  request: FastifyRequest<{ Body: CreatePayoutBody }>,
  rules: CreateRules,
  createRefusal: CreateRefusal,
): Promise<Created> {
  const { body } = request;
  const caller = callerOf(request);
  const idempotencyKey = requireIdempotencyKey(request.headers['idempotency-key']);
  const asked = { body, apiKeyName: caller.name, idempotencyKey };
  const refusal = (await createRefusal()) ?? refusalOf(body, caller, rules);
  if (refusal === null) {
    return createPayout(app, { ...asked, request: toRequest(body, caller, rules) });
  }
  const repeated = await repeatPayout(app, asked);
  if (repeated === null) throw refusal;
  return repeated;
}

export function registerCreatePayout(
  server: HttpServer,
  waiting: Waiting,
  rules: CreateRules,
  createRefusal: CreateRefusal,
): void {
  const { app } = waiting;
  server.post(
    '/v1/payouts',
    {
      config: { scope: 'payouts:write' },
      preValidation: async () => void (await createRefusal()),
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
            'NOTIFY_URL_MISSING',
          ),
        },
      },
    },
    async (request, reply) => {
      const { kind, stored } = await createOrRepeat(app, request, rules, createRefusal);
      const isRepeat = kind === 'replayed';
      if (isRepeat) reply.header('idempotency-replayed', 'true');
      // A repeat is answered with the first answer at once; after_version waits for more.
      const body = isRepeat
        ? presentPayout(app, stored, stored.payout.createdAt)
        : presentPayout(app, await afterPreferredWait(waiting, request, reply, stored));
      return reply
        .code(201)
        .header('location', `/v1/payouts/${body.id}`)
        .header('etag', `"${body.version}"`)
        .send(body);
    },
  );
}
