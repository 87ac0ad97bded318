/**
 * The HTTP side of METRICS_PORT: metrics and the API's documentation, away from the port that
 * clients and the gateway reach. Limits, headers, draining and closing are those of server.ts; it
 * does not listen.
 */

import swagger from '@fastify/swagger';
import { registerDocs } from './openapi/plugin.ts';
import { type OnAnswered, registerRequestMetrics } from './plugins/requests.ts';
import { type Metrics, registerMetrics } from './routes/metrics.ts';
import { createHttpServer, type HttpServer, registerDraining, type ServerDeps } from './server.ts';

export type MetricsAppDeps = Pick<
  ServerDeps,
  'log' | 'trustedProxies' | 'keepAliveMs' | 'publicBaseUrl' | 'monotonic'
> & {
  /** The server of the API, when it has all its routes: the document describes it. */
  api: HttpServer;
  isDraining: () => boolean;
  metrics: { page: Metrics; onAnswered: OnAnswered };
};

export async function createMetricsApp(deps: MetricsAppDeps): Promise<HttpServer> {
  const { api, isDraining, metrics, publicBaseUrl, ...rest } = deps;
  const server = createHttpServer({
    ...rest,
    // No proxy serves this port below a path.
    publicBaseUrl: new URL(publicBaseUrl).origin,
    // No route here has a scope or takes a callback.
    apiKeys: [],
    onLimited: () => undefined,
    onUnreadableCallback: () => undefined,
  });
  registerDraining(server, isDraining);
  registerRequestMetrics(server, metrics.onAnswered);
  const description = 'The service that this document describes.';
  await server.register(swagger, {
    openapi: { openapi: '3.1.0' },
    // Not of this server's routes, but of the API's.
    transformObject: () => ({ ...api.swagger(), servers: [{ url: publicBaseUrl, description }] }),
  });
  await registerDocs(server, false);
  registerMetrics(server, metrics.page);
  await server.ready();
  return server;
}
