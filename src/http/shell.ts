/**
 * Fastify with everything that every route shares: limits, ids, log lines, keys, validation and
 * error answers. It knows no route of the service; app.ts adds those.
 */

import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { RequestProblem } from '../flow/request-problem.ts';
import type { ApiKey } from '../lib/api-key.ts';
import { createClientErrorHandler } from './client-error.ts';
import { registerApiKeys } from './plugins/api-keys.ts';
import { answerError, registerErrors } from './plugins/errors.ts';
import { registerJsonBody } from './plugins/json-body.ts';
import { registerProblemPages } from './plugins/problem-pages.ts';
import { registerQuietConnections } from './plugins/quiet-connections.ts';
import { registerRequestId, toRequestId } from './plugins/request-id.ts';
import { registerRequestLog } from './plugins/request-log.ts';
import { registerUndeclared } from './plugins/undeclared.ts';
import { validatorCompiler } from './validation.ts';

/** A create with every field at its longest and 20 metadata entries stays below 50 kB. */
const BODY_BYTES_MAX = 65_536;

/** The longest part of an address is a payout id of 29 characters. */
const PARAM_LENGTH_MAX = 100;

/** How long a request may take to arrive: slow senders would hold connections for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How often Node looks for those; its own 30 s would let a slow sender outlast a close. */
const REQUESTS_LOOKED_AT_MS = 5000;

/** When a request that met a stopping replica may be sent again; another one takes it at once. */
const STOPPING_RETRY_SECONDS = 1;

export type ShellDeps = {
  log: FastifyBaseLogger;
  apiKeys: readonly ApiKey[];
  /** Addresses or networks whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
};

export type HttpShell = ReturnType<typeof createHttpShell>;

/** Builds the shell; it does not listen. */
export function createHttpShell({ log, apiKeys, trustedProxies }: ShellDeps) {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    genReqId: toRequestId,
    requestIdHeader: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { connectionsCheckingInterval: REQUESTS_LOOKED_AT_MS },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // Fastify's own answer while it stops has another shape than every other error.
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: createClientErrorHandler(log),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerJsonBody(app);
  registerErrors(app);
  registerRequestId(app);
  registerApiKeys(app, apiKeys);
  registerRequestLog(app);
  registerUndeclared(app);
  registerQuietConnections(app);
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onRequest', async () => {
    if (!stopping) return;
    throw new RequestProblem('UNAVAILABLE', { retryAfterSeconds: STOPPING_RETRY_SECONDS });
  });
  // An answer that was under way leaves its connection open otherwise, and the close waits for it.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
  registerProblemPages(app);
  return app;
}
