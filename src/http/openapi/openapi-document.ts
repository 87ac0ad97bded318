/**
 * The OpenAPI document without a running service: the same routes on a context that is never used.
 * It opens no database and does not listen. The document itself is made in plugin.ts.
 */

import { createChangeWatch } from '../../flow/change-watch.ts';
import type { AppContext } from '../../flow/context.ts';
import { createLogger } from '../../log.ts';
import { createApp } from '../app.ts';
import { registerUpdatePayout } from '../routes/update-payout.ts';

/** Routes use the context only when a request arrives, and none arrives here. */
const noApp = new Proxy<Partial<AppContext>>(
  {},
  {
    get: (_target, name) => {
      throw new Error(`a route reads app.${String(name)} before it is called`);
    },
  },
) as AppContext;

const noAccess = {
  basicAuth: null,
  allowedIps: [],
  allowUnauthenticated: false,
  formBodies: false,
};

/** The document of `/openapi.json`; it is the same on every machine. */
export async function openApiDocument(): Promise<object> {
  const server = await createApp({
    app: noApp,
    changes: createChangeWatch({ find: async () => [], onError: () => undefined }),
    waitMaxS: 1,
    log: createLogger('fatal'),
    apiKeys: [],
    trustedProxies: [],
    keepAliveMs: 1000,
    publicBaseUrl: 'http://localhost:8080',
    rules: { notified: false, endpoints: ['default'] },
    createRefusal: async () => null,
    registerCashier: (inside, app) => registerUpdatePayout(inside, app, noAccess),
    readiness: async () => [],
    isDraining: () => false,
    metrics: null,
    servesDocuments: true,
  });
  try {
    return server.swagger();
  } finally {
    await server.close();
  }
}
