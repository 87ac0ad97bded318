/**
 * POST /v1/pause, POST /v1/resume and GET /v1/pause: the switch that stops only payments, all of
 * them or a part. What it does is decided in flow/api/pause-payments.ts.
 */

import {
  partialPauses,
  pausePartOfPayments,
  pausePayments,
  pauseProblems,
  paymentsPause,
  resumePartOfPayments,
  resumePayments,
} from '../../flow/api/pause-payments.ts';
import type { AppContext } from '../../flow/context.ts';
import { actorOf } from '../plugins/api-keys.ts';
import { namedProblems, operatorReplies } from '../problems/schema.ts';
import { partOf, pauseBodySchema, pauseSchema } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';

const switches = [
  {
    name: 'pause',
    operationId: 'pausePayments',
    summary: 'Pause payments; status requests, callbacks and notifications continue',
    description:
      'If payments are paused already, nothing changes: the response shows the name, time and ' +
      'reason of the first pause, and those of this request are not stored. One of `endpoint`, ' +
      '`currency` and `api_key` pauses only that part; `partial` lists these pauses.',
    problems: pauseProblems,
    run: pausePayments,
    runPart: pausePartOfPayments,
  },
  {
    name: 'resume',
    operationId: 'resumePayments',
    summary: 'Resume payments; held payouts are polled immediately',
    description:
      'An open epoch continues to pause payments, and so does the pause of a part, which is ' +
      'resumed by its own name. The response shows both.',
    problems: [],
    run: resumePayments,
    runPart: resumePartOfPayments,
  },
] as const;

const withTimeText = <T extends { since: number }>({ since, ...rest }: T) => ({
  ...rest,
  since: new Date(since).toISOString(),
});

async function present(app: AppContext) {
  const [pause, partial] = await Promise.all([paymentsPause(app), partialPauses(app)]);
  return { ...withTimeText(pause), partial: partial.map(withTimeText) };
}

export function registerPause(server: HttpServer, app: AppContext): void {
  for (const { name, operationId, summary, description, problems, run, runPart } of switches) {
    server.post(
      `/v1/${name}`,
      {
        config: { scope: 'operator' },
        schema: {
          operationId,
          tags: ['operator'],
          summary,
          description,
          body: pauseBodySchema,
          response: {
            200: pauseSchema,
            ...operatorReplies(...namedProblems, ...problems),
          },
        },
      },
      async (request) => {
        const actor = actorOf(request, request.body?.name);
        const switching = { ...actor, reason: request.body?.reason ?? null };
        const part = partOf(request.body);
        await (part === null ? run(app, switching) : runPart(app, part, switching));
        return present(app);
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
    () => present(app),
  );
}
