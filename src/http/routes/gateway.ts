/**
 * What the gateway calls by itself: its callback, and the receiver's browser on its way back. Both
 * keep their own forms of answer; the documents of this service's API leave them out.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Flow } from '../../flow/flow.ts';
import { takeCallback } from '../../flow/take-callback.ts';
import { takeReturn } from '../../flow/take-return.ts';
import { payoutIdPattern } from '../../lib/ids.ts';
import type { HttpShell } from '../shell.ts';

/** The documented parameters of a callback or a return stay far below this. */
const BODY_BYTES_MAX = 32_768;

function receivedBy(request: FastifyRequest): {
  query: URLSearchParams;
  body: URLSearchParams | null;
} {
  const at = request.url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
  const { body } = request;
  return { query, body: typeof body === 'string' ? new URLSearchParams(body) : null };
}

const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8">` +
  `<meta name="viewport" content="width=device-width">` +
  `<title>${title}</title><h1>${title}</h1><p>${text}</p></html>\n`;

const sendPage = (reply: FastifyReply, status: number, title: string, text: string) =>
  reply.code(status).type('text/html; charset=utf-8').send(page(title, text));

export function registerGatewayRoutes(shell: HttpShell, flow: Flow): void {
  void shell.register(async (app) => {
    // Whatever it calls itself, it is read as a form: what is signed decides, not a header.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
      (_, body, done) => done(null, body),
    );

    app.route<{ Params: { endpoint: string } }>({
      method: ['GET', 'POST'],
      url: '/callbacks/payneteasy/:endpoint',
      schema: { hide: true },
      handler: async (request, reply) => {
        const taken = await takeCallback(flow, request.params.endpoint, receivedBy(request));
        reply.type('text/plain; charset=utf-8');
        // Told no reason: whoever cannot sign is told nothing about what would have passed.
        return taken.kind === 'refused' ? reply.code(403).send('Forbidden') : reply.send('OK');
      },
    });

    app.post<{ Params: { id: string } }>(
      '/returns/payneteasy/:id',
      { schema: { hide: true } },
      async (request, reply) => {
        const { id } = request.params;
        const taken = payoutIdPattern.test(id)
          ? await takeReturn(flow, id, receivedBy(request))
          : ({ kind: 'missing' } as const);
        switch (taken.kind) {
          case 'redirect':
            return reply.redirect(taken.url, 303);
          case 'page':
            return sendPage(reply, 200, 'Thank you', 'You can close this page now.');
          case 'missing':
            return sendPage(reply, 404, 'Not found', 'There is no such payout.');
          case 'refused':
            return sendPage(reply, 403, 'Not accepted', 'This page was not called by the gateway.');
        }
      },
    );
  });
}
