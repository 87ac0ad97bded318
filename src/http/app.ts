/**
 * The HTTP side as a whole: the shell, the documentation, and every route. It does not listen.
 */

import type { Flow } from '../flow/flow.ts';
import { registerOpenApi } from './plugins/openapi.ts';
import { registerCommands } from './routes/command-payout.ts';
import { registerCreatePayout } from './routes/create-payout.ts';
import { registerGatewayRoutes } from './routes/gateway.ts';
import { type Readiness, registerHealth } from './routes/health.ts';
import { registerReadPayouts } from './routes/read-payouts.ts';
import type { CreateRules } from './schema/create-payout.ts';
import { createHttpShell, type HttpShell, type ShellDeps } from './shell.ts';

export type AppDeps = ShellDeps & {
  flow: Flow;
  rules: CreateRules;
  readiness: Readiness;
};

/** Builds the application with all its routes. */
export async function createApp({ flow, rules, readiness, ...shell }: AppDeps): Promise<HttpShell> {
  const app = createHttpShell(shell);
  await registerOpenApi(app);
  registerCreatePayout(app, flow, rules);
  registerReadPayouts(app, flow);
  registerCommands(app, flow);
  registerGatewayRoutes(app, flow);
  registerHealth(app, readiness);
  await app.ready();
  return app;
}
