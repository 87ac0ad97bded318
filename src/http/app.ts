/**
 * The HTTP side as a whole: the shell, the documentation, and every route. It does not listen.
 */

import type { ChangeWatch } from '../flow/api/change-watch.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { Flow } from '../flow/context.ts';
import { registerOpenApi } from './openapi/plugin.ts';
import type { CashierAccess } from './plugins/cashier-access.ts';
import { registerKeyLimits } from './plugins/key-limits.ts';
import { type OnAnswered, registerRequestMetrics } from './plugins/requests.ts';
import { registerCommands } from './routes/command-payout.ts';
import { type CreateRefusal, registerCreatePayout } from './routes/create-payout.ts';
import { registerFeed } from './routes/feed.ts';
import { registerGatewayRoutes } from './routes/gateway.ts';
import { type Readiness, registerHealth } from './routes/health.ts';
import { type Metrics, registerMetrics } from './routes/metrics.ts';
import { registerNotifications } from './routes/notifications.ts';
import { registerPause } from './routes/pause.ts';
import { registerReadPayouts } from './routes/read-payouts.ts';
import { registerResolvePayout } from './routes/resolve-payout.ts';
import { registerTimeline } from './routes/timeline.ts';
import { registerUpdatePayout } from './routes/update-payout.ts';
import type { CreateRules } from './schema/create-rules.ts';
import { createHttpShell, type HttpShell, registerLeaving, type ShellDeps } from './server.ts';

export type AppDeps = ShellDeps & {
  flow: Flow;
  /** Closed together with the app, so that waiting requests are answered with what is there. */
  changes: ChangeWatch;
  rules: CreateRules;
  createRefusal: CreateRefusal;
  cashier: CashierAccess;
  readiness: Readiness;
  /** Whether callers are told to go elsewhere with their next request. */
  isLeaving: () => boolean;
  /** Null where nobody scrapes. */
  metrics: { page: Metrics; onAnswered: OnAnswered } | null;
};

/** A caller that knows more than the database is how a loss shows that nothing else noticed. */
function watchPositions(app: HttpShell, flow: Flow): void {
  app.addHook('onError', async (request, _reply, error: unknown) => {
    if (!(error instanceof RequestProblem) || error.code !== 'AHEAD_OF_HISTORY') return;
    flow.observe.aheadOfHistory();
    const { code, facts, message } = error;
    flow.log.error({ requestId: request.id, problem: code, payoutId: facts.payoutId }, message);
  });
}

/** Builds the application with all its routes. */
export async function createApp(deps: AppDeps): Promise<HttpShell> {
  const { flow, changes, rules, createRefusal, cashier, readiness, isLeaving, metrics, ...shell } =
    deps;
  const app = createHttpShell(shell);
  registerLeaving(app, isLeaving);
  if (metrics !== null) registerRequestMetrics(app, metrics.onAnswered);
  watchPositions(app, flow);
  await registerOpenApi(app);
  await registerKeyLimits(app);
  const waiting = { flow, changes };
  registerCreatePayout(app, waiting, rules, createRefusal);
  registerReadPayouts(app, waiting);
  registerCommands(app, waiting);
  registerTimeline(app, flow);
  registerFeed(app, flow);
  registerResolvePayout(app, flow);
  registerNotifications(app, flow);
  registerPause(app, flow);
  registerGatewayRoutes(app, flow);
  registerUpdatePayout(app, flow, cashier);
  registerHealth(app, readiness);
  if (metrics !== null) registerMetrics(app, metrics.page);
  app.addHook('preClose', async () => changes.close());
  await app.ready();
  return app;
}
