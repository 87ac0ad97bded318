/**
 * The routes that a gateway calls: its callback, and the return of the receiver's browser. Both
 * always reply in their own form, also with errors. The API document does not list them. What a
 * callback or a return does is decided in flow/gateway/take-callback.ts and take-return.ts.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../../flow/context.ts';
import type { Received } from '../../flow/gateway/gateway.ts';
import { takeCallback, takeUnreadableCallback } from '../../flow/gateway/take-callback.ts';
import { takeReturn } from '../../flow/gateway/take-return.ts';
import { addressKey, type KeylessCaller, type KeylessLimits } from '../../flow/keyless-limits.ts';
import { callbacksPath, gatewayNames, returnsPath } from '../../lib/public-paths.ts';
import { payoutIdPattern } from '../../lib/typeid.ts';
import { pageOfFault, sendReceiverPage } from '../pages/receiver.ts';
import { pathOf, problemHeaders } from '../problems/body.ts';
import { problemOf } from '../problems/errors.ts';
import { problemRegistry } from '../problems/registry.ts';
import type { HttpServer } from '../server.ts';

/** The documented parameters of a callback or a return are far shorter than this. */
const BODY_BYTES_MAX = 32_768;

const FORM = 'application/x-www-form-urlencoded';

function receivedBy(request: FastifyRequest): Received {
  const at = request.url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
  const { body } = request;
  return { query, body: typeof body === 'string' ? new URLSearchParams(body) : null };
}

const callerOf = (request: FastifyRequest, limits: KeylessLimits): KeylessCaller => ({
  address: addressKey(request.clientAddress),
  limits,
});

const limitedFor = (reply: FastifyReply, forMs: number): FastifyReply =>
  reply.header('retry-after', Math.ceil(forMs / 1000));

const sendText = (reply: FastifyReply, status: number, text: string) =>
  reply.code(status).type('text/plain; charset=utf-8').send(text);

/**
 * Reads every body as a form, whatever its Content-Type. The signature proves that the body is the
 * gateway's; a missing or wrong Content-Type proves nothing.
 */
function readForms(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );
  server.addHook('onRequest', (request, _reply, done) => {
    request.headers['content-type'] = FORM;
    done();
  });
}

/** Replies to errors, and to paths without a route below the prefix, in the form of the route. */
function answerFaults(
  server: FastifyInstance,
  allow: string,
  send: (reply: FastifyReply, status: number, title: string) => FastifyReply,
  onUnreadable: (request: FastifyRequest) => void = () => undefined,
): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request);
    const { status, title } = problemRegistry[problem.code];
    if (status < 500) onUnreadable(request);
    return send(reply.headers(problemHeaders(problem, server.publicPath)), status, title);
  });
  server.setNotFoundHandler((request, reply) => {
    const isRoute = /^\/[^/]+$/.test(pathOf(request).slice(server.prefix.length));
    return isRoute
      ? send(reply.header('allow', allow), 405, problemRegistry.METHOD_NOT_ALLOWED.title)
      : send(reply, 404, problemRegistry.ROUTE_NOT_FOUND.title);
  });
}

function registerCallback(server: FastifyInstance, app: AppContext, limits: KeylessLimits): void {
  readForms(server);
  answerFaults(
    server,
    'GET, HEAD, POST',
    sendText,
    (request) => void takeUnreadableCallback(app, callerOf(request, limits)),
  );
  server.route<{ Params: { endpoint: string } }>({
    method: ['GET', 'POST'],
    url: '/:endpoint',
    schema: { hide: true },
    handler: async (request, reply) => {
      const { endpoint } = request.params;
      const caller = callerOf(request, limits);
      const outcome = await takeCallback(app, endpoint, receivedBy(request), caller);
      if (outcome.kind === 'limited') {
        return sendText(limitedFor(reply, outcome.forMs), 429, problemRegistry.RATE_LIMITED.title);
      }
      // No reason is given: a client that cannot sign learns nothing about the check.
      return outcome.kind === 'refused'
        ? sendText(reply, 403, 'Forbidden')
        : sendText(reply, 200, 'OK');
    },
  });
}

/** Whether a browser opened the address without what the gateway signed, and so proves nothing. */
const isOpenedDirectly = (request: FastifyRequest, { query }: Received): boolean =>
  request.method !== 'POST' && !query.has('control');

/**
 * The gateway has the browser post its form. Some browsers and proxies come by GET or HEAD all the
 * same, with the fields in the query, and a person may open the address again: none of them is
 * shown an error for it.
 */
function registerReturn(server: FastifyInstance, app: AppContext, limits: KeylessLimits): void {
  readForms(server);
  answerFaults(server, 'GET, HEAD, POST', (reply, status) =>
    sendReceiverPage(reply, status, pageOfFault(status)),
  );
  server.route<{ Params: { id: string } }>({
    method: ['GET', 'POST'],
    url: '/:id',
    schema: { hide: true },
    handler: async (request, reply) => {
      const { id } = request.params;
      const received = receivedBy(request);
      if (isOpenedDirectly(request, received))
        return sendReceiverPage(reply, 200, 'openedDirectly');
      const outcome = payoutIdPattern.test(id)
        ? await takeReturn(app, id, received, callerOf(request, limits))
        : ({ kind: 'missing' } as const);
      switch (outcome.kind) {
        case 'redirect':
          return reply.redirect(outcome.url, 303);
        case 'page':
          return sendReceiverPage(reply, 200, 'thanks');
        case 'missing':
          return sendReceiverPage(reply, 404, 'notFound');
        case 'limited':
          return sendReceiverPage(limitedFor(reply, outcome.forMs), 429, 'tooMany');
        case 'refused':
          return request.method === 'POST'
            ? sendReceiverPage(reply, 403, 'notAccepted')
            : sendReceiverPage(reply, 200, 'openedDirectly');
      }
    },
  });
}

export function registerGatewayRoutes(
  parent: HttpServer,
  app: AppContext,
  limits: KeylessLimits,
): void {
  for (const name of gatewayNames) {
    void parent.register(async (server) => registerCallback(server, app, limits), {
      prefix: callbacksPath(name),
    });
    void parent.register(async (server) => registerReturn(server, app, limits), {
      prefix: returnsPath(name),
    });
  }
}
