/**
 * The server without the routes of the service, with captured log lines, for the tests of what
 * every route shares.
 */

import { createHttpServer, type ServerDeps } from '../../src/http/server.ts';
import { hashApiKey } from '../../src/lib/api-key.ts';
import { createLogger } from '../../src/log.ts';

export const READER = 'reader-key-in-clear';
export const WRITER = 'writer-key-in-clear';

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

export function createBareServer(changes: Partial<ServerDeps> = {}) {
  const lines: string[] = [];
  const server = createHttpServer({
    log: createLogger('debug', { write: (line) => void lines.push(line) }),
    apiKeys: [
      { name: 'reader', sha256: hashApiKey(READER), scopes: ['payouts:read'] },
      {
        name: 'writer',
        sha256: hashApiKey(WRITER),
        scopes: ['payouts:read', 'payouts:write'],
        release: 'on_authorization',
      },
    ],
    trustedProxies: [],
    keepAliveMs: 600_000,
    publicBaseUrl: 'https://pay.example.com',
    monotonic: () => performance.now(),
    onLimited: () => {},
    onUnreadableCallback: () => {},
    ...changes,
  });
  return { server, lines };
}
