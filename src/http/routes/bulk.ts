/**
 * POST /v1/bulk/{action}: one command on every payout that a filter matches, counted first. What it
 * does is decided in flow/api/bulk.ts.
 */

import { type BulkAction, type BulkOutcome, runBulk } from '../../flow/api/bulk.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import type { AppContext } from '../../flow/context.ts';
import type { Scope } from '../../lib/api-key.ts';
import { actorOf, callerOf } from '../plugins/api-keys.ts';
import { operatorReplies } from '../problems/schema.ts';
import { bulkBodySchema, bulkParamsSchema, bulkSchema } from '../schema/bulk.ts';
import { LIMIT_DEFAULT, toConditions, toCursor } from '../schema/list.ts';
import { startOf } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';
import { positionOf } from './read-payouts.ts';

/** The scope of the single command, which a key needs in addition to `operator`. */
const scopeOf: Readonly<Record<BulkAction, Scope>> = {
  authorize: 'payouts:authorize',
  cancel: 'payouts:write',
  acknowledge: 'operator',
  redeliver: 'operator',
  due: 'operator',
};

const present = ({ after, refused, ...counts }: BulkOutcome) => ({
  ...counts,
  refused: refused.map(({ payoutId: id, ...refusal }) => ({ id, ...refusal })),
  next_cursor: after === null ? null : toCursor(after),
});

export function registerBulk(server: HttpServer, app: AppContext): void {
  server.post(
    '/v1/bulk/:action',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'bulkCommand',
        tags: ['operator'],
        summary: 'Count the payouts that match a filter, and give each of them one command',
        description:
          'Without `expected` the payouts are only counted. With it, at most `limit` of them get ' +
          'the command, the newest first, each as by its own call and with an entry in its own ' +
          'timeline. A payout that has changed since it was listed is refused with ' +
          'VERSION_MISMATCH. Repeat with `next_cursor` until that is null. In addition to ' +
          '`operator`, `authorize` needs the scope `payouts:authorize`, and `cancel` the scope ' +
          '`payouts:write`. `acknowledge` takes the item whose code the filter names, otherwise ' +
          'all open items. `from_letter` and `from_time` are for `redeliver`.',
        params: bulkParamsSchema,
        body: bulkBodySchema,
        response: {
          200: bulkSchema,
          ...operatorReplies(
            'MALFORMED_JSON',
            'VALIDATION_FAILED',
            'UNAUTHORIZED',
            'FORBIDDEN_SCOPE',
            'MORE_THAN_EXPECTED',
            'UNSUPPORTED_MEDIA_TYPE',
          ),
        },
      },
    },
    async (request) => {
      const { action } = request.params;
      const { filter, expected, limit, cursor } = request.body;
      const { scopes } = callerOf(request);
      const scope = scopeOf[action];
      if (!scopes.includes(scope)) {
        const detail = `This key lacks the scope ${scope}.`;
        throw new RequestProblem('FORBIDDEN_SCOPE', { detail });
      }
      const start = startOf(request.body);
      if (start !== null && action !== 'redeliver') {
        const path = 'letter' in start ? 'from_letter' : 'from_time';
        const errors = [{ path, message: 'belongs to redeliver' }];
        throw new RequestProblem('VALIDATION_FAILED', { errors });
      }
      const outcome = await runBulk(app, {
        action,
        filter: {
          ...toConditions(filter),
          after: positionOf(cursor),
          limit: limit ?? LIMIT_DEFAULT,
        },
        expected: expected ?? null,
        ...actorOf(request),
        start,
      });
      return present(outcome);
    },
  );
}
