/**
 * Finds commands on a payout that were refused, and has each recorded in its timeline: what the key
 * may not do, what the core refuses, and an outdated If-Match. How many are recorded is decided in
 * store/payouts/journal.ts.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { recordRefusal } from '../../flow/actor.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { AppContext } from '../../flow/context.ts';
import { createCountedLimit, type LimitSettings } from '../../lib/counted-limit.ts';
import { problemRegistry } from '../problems/registry.ts';
import { nameOf } from './api-keys.ts';

/**
 * Refusals of one key that are recorded, over all payouts: one that walks through them in a loop
 * costs the database no more than this.
 */
const A_KEY_AND_MINUTE: LimitSettings = { max: 100, windowMs: 60_000, keysMax: 100 };

/** What is forbidden, contradicts the payout, or has met another version of it. */
const REFUSALS: readonly number[] = [403, 409, 412];

/**
 * A command on one payout, such as /v1/payouts/:id/attention/acknowledge, or on a proposal about
 * one.
 */
const COMMAND_ROUTE = /^\/v1\/(?:payouts|proposals)\/:id\/(?<command>.+)$/;

const paramsSchema = z.object({ id: z.string() });
const namedSchema = z.object({ name: z.string() });

/** The name in the body; the body of a request that was refused before is not read. */
function typedName({ body }: FastifyRequest): string | undefined {
  const named = namedSchema.safeParse(body);
  return named.success ? named.data.name : undefined;
}

export function registerRefusedCommands(server: FastifyInstance, app: AppContext): void {
  const recorded = createCountedLimit(A_KEY_AND_MINUTE, () => app.clock.monotonic());
  server.addHook('onError', async (request, _reply, problem: unknown) => {
    const { caller, params, routeOptions } = request;
    const command = COMMAND_ROUTE.exec(routeOptions.url ?? '')?.groups?.['command'];
    if (command === undefined || request.method !== 'POST' || caller === null) return;
    if (!(problem instanceof RequestProblem)) return;
    if (!REFUSALS.includes(problemRegistry[problem.code].status)) return;
    const { name: key } = caller;
    if (recorded.limitedForMs(key) > 0) return;
    recorded.count(key);
    await recordRefusal(app, {
      // The refusal of an approval names the payout; the address has the id of the proposal.
      payoutId: problem.facts.payoutId ?? paramsSchema.parse(params).id,
      command,
      by: nameOf(caller, typedName(request)),
      key,
      problem,
    });
  });
}
