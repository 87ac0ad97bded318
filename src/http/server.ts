/**
 * The Fastify server with everything that all routes share: limits, request ids, log lines, API
 * keys, validation, error responses, draining and closing. The routes are added in app.ts.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { RequestProblem } from '../flow/api/request-problem.ts';
import { createPublicPath, type PublicPath, toRouteUrl } from '../lib/public-paths.ts';
import { registerAssets } from './pages/assets.ts';
import { registerProblemPages } from './pages/problems.ts';
import { type ApiKeyDeps, registerApiKeys } from './plugins/api-keys.ts';
import { registerClientAddress } from './plugins/client-address.ts';
import { registerContentEncoding, registerJsonBody } from './plugins/json-body.ts';
import { registerRequestId, registerRequestLog, toRequestId } from './plugins/requests.ts';
import { registerSecurityHeaders } from './plugins/browsers.ts';
import { createClientErrorHandler } from './problems/client-error.ts';
import { answerError, registerErrors } from './problems/errors.ts';
import { registerUndeclared, validatorCompiler } from './validation.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** For every path in a response: Location, links, the type of a problem. */
    publicPath: PublicPath;
  }
}

/** A create with every field at its longest and 20 metadata entries stays below 50 kB. */
const BODY_BYTES_MAX = 65_536;

/** The longest parameter in an address is a payout id of 29 characters. */
const PARAM_LENGTH_MAX = 100;

/** How long a request may take to arrive; slow senders would hold connections indefinitely. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How often Node checks for slow senders; its default of 30 s would let one outlast a close. */
const REQUESTS_CHECKED_MS = 5000;

/** A request that met a stopping replica may be retried after this; another replica accepts it. */
const STOPPING_RETRY_SECONDS = 1;

export type ServerDeps = ApiKeyDeps & {
  log: FastifyBaseLogger;
  /** Addresses or networks of proxies whose X-Forwarded-For and Forwarded are trusted. */
  trustedProxies: readonly string[];
  /** How long an idle connection stays open. */
  keepAliveMs: number;
  /** How others reach the service; without a trailing slash. */
  publicBaseUrl: string;
  /** Called with the peer's address for a callback that is no HTTP; errors.ts never sees it. */
  onUnreadableCallback: (address: string) => void;
};

export type HttpServer = ReturnType<typeof createHttpServer>;

/** Builds the server; it does not listen. */
export function createHttpServer(deps: ServerDeps) {
  const { log, trustedProxies, publicBaseUrl, keepAliveMs, onUnreadableCallback, ...keys } = deps;
  const publicPath = createPublicPath(publicBaseUrl);
  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    genReqId: toRequestId,
    requestIdHeader: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: keepAliveMs,
    http: { connectionsCheckingInterval: REQUESTS_CHECKED_MS, requireHostHeader: false },
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // Fastify's own response while it stops has another shape than every other error.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => toRouteUrl(url),
    frameworkErrors: answerError,
    clientErrorHandler: createClientErrorHandler(log, publicPath, onUnreadableCallback),
  }).withTypeProvider<ZodTypeProvider>();
  server.decorate('publicPath', publicPath);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  registerJsonBody(server);
  registerContentEncoding(server);
  registerErrors(server);
  registerClientAddress(server, trustedProxies);
  registerRequestId(server);
  registerSecurityHeaders(server, publicBaseUrl);
  registerApiKeys(server, keys);
  registerRequestLog(server);
  registerUndeclared(server);
  registerIdleConnections(server);
  registerHostRule(server);
  let stopping = false;
  server.addHook('preClose', async () => {
    stopping = true;
  });
  server.addHook('onRequest', async () => {
    if (!stopping) return;
    throw new RequestProblem('UNAVAILABLE', { retryAfterSeconds: STOPPING_RETRY_SECONDS });
  });
  // Otherwise a response in progress would leave its connection open, and the close would wait.
  server.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
  registerAssets(server);
  registerProblemPages(server);
  return server;
}

/**
 * HTTP/1.1 demands a Host. Node itself would answer a bare 400, and simple probes leave it out:
 * they would take a replica for down that works. So only the probes' own paths do without.
 */
function registerHostRule(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ raw, headers, url }) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1' || url.startsWith('/health/'))
      return;
    throw new RequestProblem('MALFORMED_REQUEST', { detail: 'The header Host is missing.' });
  });
}

/**
 * Drains a replica that is about to stop: every response closes its connection, so that the
 * client's next request comes over a new connection, to another replica.
 */
export function registerDraining(server: FastifyInstance, isDraining: () => boolean): void {
  server.addHook('onRequest', async (_request, reply) => {
    if (isDraining()) reply.header('connection', 'close');
  });
}

/** Idle connections stay open this long at a close, so that a request on its way is answered. */
const GRACE_MS = 1000;

export function registerIdleConnections(server: FastifyInstance): void {
  /** The number of requests in progress on each open connection. */
  const open = new Map<Socket, number>();
  const add = (socket: Socket, count: number): void => {
    const requests = open.get(socket);
    if (requests !== undefined) open.set(socket, requests + count);
  };
  server.server.on('connection', (socket: Socket) => {
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
  });
  server.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    add(socket, 1);
    response.once('close', () => add(socket, -1));
  });
  server.addHook('preClose', async () => {
    const closeIdle = (): void => {
      for (const [socket, requests] of open) if (requests === 0) socket.destroy();
    };
    // The timer keeps nothing alive: without open connections, the close ends before it fires.
    setTimeout(closeIdle, GRACE_MS).unref();
  });
}
