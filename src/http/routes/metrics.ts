/**
 * GET /metrics: the metrics of this process in Prometheus text. No API key is required, because the
 * page holds no name, reference or address. The metrics are defined in service/metrics.
 */

import type { HttpServer } from '../server.ts';

export type Metrics = { contentType: string; render(): Promise<string> };

export function registerMetrics(server: HttpServer, { contentType, render }: Metrics): void {
  server.get('/metrics', { logLevel: 'warn', schema: { hide: true } }, async (_request, reply) =>
    reply.type(contentType).send(await render()),
  );
}
