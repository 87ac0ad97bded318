/**
 * GET /metrics: the figures of this process in Prometheus text. No key is asked for, as there is no
 * name, reference or address in it.
 */

import type { HttpShell } from '../server.ts';

export type Metrics = { contentType: string; render(): Promise<string> };

export function registerMetrics(app: HttpShell, { contentType, render }: Metrics): void {
  app.get('/metrics', { logLevel: 'warn', schema: { hide: true } }, async (_request, reply) =>
    reply.type(contentType).send(await render()),
  );
}
