/**
 * POST /v1/payouts: creates a payout once, also when the client retries. The body is checked by
 * schema/create-payout.ts and schema/create-rules.ts; the payout is stored by
 * flow/api/create-payout.ts.
 */

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type Created,
  createPayout,
  createProblems,
  type PayoutRequest,
  repeatPayout,
} from '../../flow/api/create-payout.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { AppContext } from '../../flow/context.ts';
import { assert } from '../../lib/assert.ts';
import { parseMoney } from '../../payout/model/money.ts';
import type { Cashier } from '../../store/payouts/columns.ts';
import { type Caller, callerOf } from '../plugins/api-keys.ts';
import { presentPayout } from '../present.ts';
import { payoutAddress } from '../problems/body.ts';
import { problemReplies } from '../problems/schema.ts';
import { requireIdempotencyKey } from '../request-headers.ts';
import { type CreatePayoutBody, createPayoutBodySchema } from '../schema/create-payout.ts';
import { type CreateRules, checkRules, holdsOwnCard, NO_CARD } from '../schema/create-rules.ts';
import { payoutSchema } from '../schema/payout.ts';
import type { HttpServer } from '../server.ts';
import { afterPreferredWait, type Waiting } from '../wait-for-change.ts';

const KEY_HEADER = 'idempotency-key';

/**
 * The header as the route declares it. It is documented here but parsed in request-headers.ts,
 * because an error of a schema would not have the problem code that clients branch on.
 */
export const idempotencyKeyHeader = z
  .object({
    [KEY_HEADER]: z
      .string()
      .optional()
      .describe(
        '1-255 printable ASCII characters, quoted or bare. Send the same key with every retry of ' +
          'one request. A key never expires while its payout exists.',
      ),
  })
  // The header is required all the same: its parser refuses a missing key with its own code.
  .meta({ required: [KEY_HEADER] });

/**
 * Why this replica accepts no new payout at all; null where it accepts them. It is called before
 * each body is checked, so that it also refreshes the values that the rules use.
 */
export type CreateRefusal = () => Promise<RequestProblem | null>;

/**
 * Why the current configuration or the API key refuses a new payout; null where neither does. A key
 * with release on_authorization cannot create an automatic payout.
 */
function refusalOf(
  body: CreatePayoutBody,
  caller: Caller,
  idempotencyKey: string,
  rules: CreateRules,
): RequestProblem | null {
  const found = checkRules(body, rules);
  // It is stored in clear, as reference is.
  if (holdsOwnCard(body, idempotencyKey)) found.push({ path: [KEY_HEADER], message: NO_CARD });
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
 * The new payout, or the first response to a retry. A request that would be refused as new is
 * looked up by its key first: a change of the configuration must not make the retry of an accepted
 * request fail.
 */
async function createOrRepeat(
  app: AppContext,
  request: FastifyRequest<{ Body: CreatePayoutBody }>,
  rules: CreateRules,
  createRefusal: CreateRefusal,
): Promise<Created> {
  const { body } = request;
  const caller = callerOf(request);
  const idempotencyKey = requireIdempotencyKey(request.headers[KEY_HEADER]);
  const requested = { body, apiKeyName: caller.name, idempotencyKey };
  const refusal = (await createRefusal()) ?? refusalOf(body, caller, idempotencyKey, rules);
  if (refusal === null) {
    return createPayout(app, { ...requested, request: toRequest(body, caller, rules) });
  }
  const repeated = await repeatPayout(app, requested);
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
        summary: 'Create a payout',
        description:
          'Stores the payout and responds immediately; the gateway is called in the background. ' +
          'Retry the same request with the same key as often as needed: one payout is created.',
        headers: idempotencyKeyHeader,
        body: createPayoutBodySchema(rules),
        response: {
          201: payoutSchema.describe('The payout as it was stored.'),
          ...problemReplies(
            'IDEMPOTENCY_KEY_MISSING',
            'IDEMPOTENCY_KEY_INVALID',
            'MALFORMED_JSON',
            'RELEASE_NOT_ALLOWED',
            ...createProblems,
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
      // A retry gets the first response immediately; to wait, a client reads with after_version.
      const body = isRepeat
        ? presentPayout(app, stored, stored.payout.createdAt)
        : presentPayout(app, await afterPreferredWait(waiting, request, reply, stored));
      return reply
        .code(201)
        .header('location', server.publicPath(payoutAddress(body.id)))
        .header('etag', `"${body.version}"`)
        .send(body);
    },
  );
}
