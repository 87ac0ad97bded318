/**
 * POST /v1/pause, POST /v1/resume and GET /v1/pause: the switch that stops only payments. What it
 * does is decided in flow/api/pause-payments.ts.
 */

import { pausePayments, paymentsPause, resumePayments } from '../../flow/api/pause-payments.ts';
import type { AppContext } from '../../flow/context.ts';
import type { Pause } from '../../store/pause.ts';
import { callerOf } from '../plugins/api-keys.ts';
import { problemReplies } from '../problems/schema.ts';
import { pauseSchema, switchBodySchema } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';

const switches = [
  {
    name: 'pause',
    operationId: 'pausePayments',
    summary: 'Pause payments; status requests, callbacks and notifications continue',
    run: pausePayments,
  },
  {
    name: 'resume',
    operationId: 'resumePayments',
    summary: 'Resume payments; held payouts are polled immediately',
    run: resumePayments,
  },
] as const;

const present = ({ since, ...rest }: Pause) => ({ ...rest, since: new Date(since).toISOString() });

export function registerPause(server: HttpServer, app: AppContext): void {
  for (const { name, operationId, summary, run } of switches) {
    server.post(
      `/v1/${name}`,
      {
        config: { scope: 'operator' },
        schema: {
          operationId,
          tags: ['operator'],
          summary,
          body: switchBodySchema,
          response: {
            200: pauseSchema,
            ...problemReplies(
              'MALFORMED_JSON',
              'VALIDATION_FAILED',
              'UNAUTHORIZED',
              'FORBIDDEN_SCOPE',
              'FOREIGN_ORIGIN',
              'UNSUPPORTED_MEDIA_TYPE',
            ),
          },
        },
      },
      async (request) => {
        const by = request.body?.name ?? callerOf(request).name;
        return present(await run(app, { by, reason: request.body?.reason ?? null }));
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
          ...problemReplies(
            'VALIDATION_FAILED',
            'UNAUTHORIZED',
            'FORBIDDEN_SCOPE',
            'FOREIGN_ORIGIN',
          ),
        },
      },
    },
    async () => present(await paymentsPause(app)),
  );
}
