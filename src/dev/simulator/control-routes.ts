/**
 * The control API on the simulator's own port: lists of events, and switches. It is open to every
 * client that can reach the port, so the simulator listens on loopback by default. `control.ts`
 * decides what can be seen and changed.
 */

import type { FastifyError, FastifyInstance } from 'fastify';
import { ZodError, z } from 'zod';
import type { SimulatorControl } from './control.ts';
import { isAmount } from './gateway/check-fields.ts';
import { callAsCashier, cashierCallSchema } from './platform/cashier.ts';

const listQuerySchema = z.strictObject({
  /** The number of newest entries to list. */
  limit: z.coerce.number().int().min(1).max(500_000).default(10_000),
});

const orderPatchSchema = z.strictObject({
  status: z.string().min(1).max(50).optional(),
  stage: z.string().min(1).max(50).optional(),
  amount: z.string().refine(isAmount, 'must be a positive decimal text').optional(),
});

const RESEND_REPLIES = {
  sent: { httpStatus: 202, sent: true },
  no_address: { httpStatus: 409, problems: ['the order has no server_callback_url'] },
  unknown_order: { httpStatus: 404, problems: ['there is no such order'] },
} as const;

interface OrderRequest {
  Params: { orderId: string };
}

export function addControlRoutes(app: FastifyInstance, control: SimulatorControl): void {
  app.get('/control/ledger', (request) => ({
    ...listNewest(control.ledger(), request.query),
    dropped: control.ledgerDropped(),
  }));
  app.get('/control/orders', (request) => listNewest(control.orders(), request.query));
  app.get('/control/requests', (request) => listNewest(control.requests(), request.query));
  app.get('/control/callbacks', (request) => listNewest(control.callbacks(), request.query));
  app.get('/control/letters', (request) => listNewest(control.letters(), request.query));
  app.post('/control/cashier', (request) => callAsCashier(cashierCallSchema.parse(request.body)));
  app.get('/control/behaviour', () => control.behaviour());
  app.put('/control/behaviour', (request) =>
    control.setBehaviour(z.record(z.string(), z.unknown()).parse(request.body)),
  );
  app.post<OrderRequest>('/control/orders/:orderId', (request, reply) => {
    const patch = orderPatchSchema.parse(request.body);
    const order = control.setOrder(request.params.orderId, patch);
    return order ?? reply.code(404).send({ problems: ['there is no such order'] });
  });
  app.post<OrderRequest>('/control/callbacks/:orderId/resend', (request, reply) => {
    const { httpStatus, ...body } = RESEND_REPLIES[control.resendCallback(request.params.orderId)];
    return reply.code(httpStatus).send(body);
  });
}

/** Every problem of a request as `{problems: [sentence]}`. */
export function explainErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | ZodError, _request, reply) => {
    if (error instanceof ZodError) {
      const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      return reply.code(400).send({ problems });
    }
    return reply.code(error.statusCode ?? 500).send({ problems: [error.message] });
  });
}

function listNewest<Entry>(entries: readonly Entry[], query: unknown) {
  const { limit } = listQuerySchema.parse(query);
  return { total: entries.length, entries: entries.slice(-limit) };
}
