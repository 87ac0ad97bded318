/**
 * POST /v1/pause, POST /v1/resume and GET /v1/pause: the switch that stops only payments. What it
 * does is decided in flow/api/pause-payments.ts.
 */

import { pausePayments, paymentsPause, resumePayments } from '../../flow/api/pause-payments.ts';
import type { AppContext } from '../../flow/context.ts';
import type { Pause } from '../../store/pause.ts';
import { actorOf } from '../plugins/api-keys.ts';
import { operatorReplies } from '../problems/schema.ts';
import { pauseSchema, switchBodySchema } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';

const switches = [
  {
    name: 'pause',
    operationId: 'pausePayments',
    summary: 'Pause payments; status requests, callbacks and notifications continue',
    description:
      'If payments are paused already, nothing changes: the response shows the name, time and ' +
      'reason of the first pause, and those of this request are not stored.',
    run: pausePayments,
  },
  {
    name: 'resume',
    operationId: 'resumePayments',
    summary: 'Resume payments; held payouts are polled immediately',
    description: 'An open epoch continues to pause payments; the response shows it.',
    run: resumePayments,
  },
] as const;

const present = ({ since, ...rest }: Pause) => ({ ...rest, since: new Date(since).toISOString() });

export function registerPause(server: HttpServer, app: AppContext): void {
  for (const { name, operationId, summary, description, run } of switches) {
    server.post(
      `/v1/${name}`,
      {
        config: { scope: 'operator' },
        schema: {
          operationId,
          tags: ['operator'],
          summary,
          description,
          body: switchBodySchema,
          response: {
            200: pauseSchema,
            ...operatorReplies('MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'OTHER_PERSON'),
          },
        },
      },
      async (request) => {
        const actor = actorOf(request, request.body?.name);
        return present(await run(app, { ...actor, reason: request.body?.reason ?? null }));
      },
    );
  }

  server.get(
    '/v1/pause',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'getPause',
        tags: ['operator'],
        summary: 'Read whether payments are paused',
        response: {
          200: pauseSchema,
          ...operatorReplies(),
        },
      },
    },
    async () => present(await paymentsPause(app)),
  );
}
