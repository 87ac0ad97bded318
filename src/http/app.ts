/**
 * The whole HTTP side: the server, the API documentation, and every route. It does not listen;
 * that is done in service/service.ts. What all routes share is in server.ts.
 */

import type { ChangeWatch } from '../flow/change-watch.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { AppContext } from '../flow/context.ts';
import { takeUnreadableCallback } from '../flow/gateway/take-callback.ts';
import { addressKey, createKeylessLimits } from '../flow/keyless-limits.ts';
import { registerDocs, registerOpenApi } from './openapi/plugin.ts';
import { registerKeyLimits } from './plugins/key-limits.ts';
import { registerRefusedCommands } from './plugins/refused-commands.ts';
import { type OnAnswered, registerRequestMetrics } from './plugins/requests.ts';
import { registerBulk } from './routes/bulk.ts';
import { registerCommands } from './routes/command-payout.ts';
import { type CreateRefusal, registerCreatePayout } from './routes/create-payout.ts';
import { registerFeed } from './routes/feed.ts';
import { registerGatewayRoutes } from './routes/gateway.ts';
import { type Readiness, registerHealth } from './routes/health.ts';
import { type Metrics, registerMetrics } from './routes/metrics.ts';
import { registerNotifications } from './routes/notifications.ts';
import { registerPause } from './routes/pause.ts';
import { registerProposals } from './routes/proposals.ts';
import { registerReadPayouts } from './routes/read-payouts.ts';
import { registerResolvePayout } from './routes/resolve-payout.ts';
import { registerTimeline } from './routes/timeline.ts';
import type { CreateRules } from './schema/create-rules.ts';
import { createHttpServer, type HttpServer, registerDraining, type ServerDeps } from './server.ts';

export type AppDeps = Omit<ServerDeps, 'monotonic' | 'onLimited' | 'onUnreadableCallback'> & {
  app: AppContext;
  /** Closed together with the server, so that waiting requests are answered before it stops. */
  changes: ChangeWatch;
  /** In seconds, how long a response is delayed at most, whatever the client asks for. */
  waitMaxS: number;
  rules: CreateRules;
  createRefusal: CreateRefusal;
  /** Adds the routes of the cashier, in the dialect of the context. */
  registerCashier: (server: HttpServer, app: AppContext) => void;
  readiness: Readiness;
  /** Whether this replica drains: clients have to send their next request to another replica. */
  isDraining: () => boolean;
  /** Null where no metrics are served. */
  metrics: { page: Metrics; onAnswered: OnAnswered } | null;
  /** Whether metrics and documentation are served here, and not by metrics-app.ts. */
  servesDocuments: boolean;
};

/** A client that knows more than the database reveals a loss that no replica has detected. */
function watchPositions(server: HttpServer, app: AppContext): void {
  server.addHook('onError', async (request, _reply, error: unknown) => {
    if (!(error instanceof RequestProblem) || error.code !== 'AHEAD_OF_HISTORY') return;
    app.observe.aheadOfHistory();
    const { code, facts, message } = error;
    app.log.error({ requestId: request.id, problem: code, payoutId: facts.payoutId }, message);
  });
}

/** Builds the application with all its routes. */
export async function createApp(deps: AppDeps): Promise<HttpServer> {
  const {
    app,
    changes,
    waitMaxS,
    rules,
    createRefusal,
    registerCashier,
    readiness,
    isDraining,
    metrics,
    servesDocuments,
    ...serverDeps
  } = deps;
  const limits = createKeylessLimits(() => app.clock.monotonic());
  const server = createHttpServer({
    ...serverDeps,
    onUnreadableCallback: (address) =>
      void takeUnreadableCallback(app, { address: addressKey(address), limits }),
    monotonic: () => app.clock.monotonic(),
    onLimited: () => app.observe.limited('api'),
  });
  registerDraining(server, isDraining);
  if (metrics !== null) registerRequestMetrics(server, metrics.onAnswered);
  watchPositions(server, app);
  registerRefusedCommands(server, app);
  await registerOpenApi(server);
  if (servesDocuments) await registerDocs(server, true);
  await registerKeyLimits(server, () => app.observe.limited('key'));
  const waiting = { app, changes, waitMaxS };
  registerCreatePayout(server, waiting, rules, createRefusal);
  registerReadPayouts(server, waiting);
  registerCommands(server, waiting);
  registerTimeline(server, app);
  registerFeed(server, app);
  registerResolvePayout(server, app);
  registerNotifications(server, app);
  registerPause(server, app);
  registerProposals(server, app);
  registerBulk(server, app);
  registerGatewayRoutes(server, app, limits);
  registerCashier(server, app);
  registerHealth(server, readiness);
  if (metrics !== null && servesDocuments) registerMetrics(server, metrics.page);
  server.addHook('preClose', async () => changes.close());
  await server.ready();
  return server;
}
