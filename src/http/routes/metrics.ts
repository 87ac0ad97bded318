/**
 * GET /metrics: the figures of this process in Prometheus text. No key is asked for, as there is no
 * name, reference or address in it.
 */

import type { HttpServer } from '../server.ts';

export type Metrics = { contentType: string; render(): Promise<string> };

export function registerMetrics(server: HttpServer, { contentType, render }: Metrics): void {
  server.get('/metrics', { logLevel: 'warn', schema: { hide: true } }, async (_request, reply) =>
    reply.type(contentType).send(await render()),
  );
}
