/**
 * The OpenAPI document without a running service: the same routes, with nothing behind them. It
 * opens no database and does not listen.
 */

import { createChangeWatch } from '../../flow/api/change-watch.ts';
import type { AppContext } from '../../flow/context.ts';
import { createLogger } from '../../log.ts';
import { createApp } from '../app.ts';

/** Routes only hold the flow until they are called, and here nobody calls them. */
const noApp = new Proxy<Partial<AppContext>>(
  {},
  {
    get: (_target, name) => {
      throw new Error(`a route reads flow.${String(name)} before it is called`);
    },
  },
) as AppContext;

/** The document that `/openapi.json` answers with; the same on every machine. */
export async function openApiDocument(): Promise<object> {
  const server = await createApp({
    app: noApp,
    changes: createChangeWatch({ find: async () => [], onError: () => undefined }),
    log: createLogger('fatal'),
    apiKeys: [],
    trustedProxies: [],
    rules: { notified: false, endpoints: ['default'] },
    createRefusal: async () => null,
    cashier: { basicAuth: null, allowedIps: [], allowUnauthenticated: false },
    readiness: async () => [],
    isDraining: () => false,
    metrics: null,
  });
  try {
    return server.swagger();
  } finally {
    await server.close();
  }
}
