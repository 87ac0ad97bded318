/**
 * POST /UpdatePayout and its alias /CreatePayout: the commands of the cashier. The body of every
 * response on these paths, also of errors, is `{Status, Description}`. What a call does is decided
 * in flow/platform/take-update-payout.ts.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../../flow/context.ts';
import { takeUpdatePayout } from '../../flow/platform/take-update-payout.ts';
import { CASHIER_PATHS } from '../../lib/public-paths.ts';
import {
  type AnswerStatus,
  answerSentences,
  answerStatus,
  because,
  pair,
} from '../../praxis/answer.ts';
import { BODY_MAX_BYTES } from '../../praxis/flat-json.ts';
import type { CashierAccess } from '../plugins/cashier-access.ts';
import { type CashierLimiter, createCashierLimiter } from '../plugins/cashier-limits.ts';
import { isForeign } from '../plugins/browsers.ts';
import { pathOf } from '../problems/body.ts';
import { updatePayoutSchemas } from '../schema/update-payout.ts';
import type { HttpServer } from '../server.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the client authenticated as the cashier; false on every other route. */
    isCashier: boolean;
  }
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Refusals before the handler, by Fastify's stable codes and ours. Others are unexpected. */
const refusals: Readonly<Record<string, { httpStatus: number; why: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    httpStatus: 413,
    why: `the body is larger than ${BODY_MAX_BYTES} bytes`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    httpStatus: 415,
    why: `the content type is not ${JSON_TYPE}, or a form that this installation accepts`,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    httpStatus: 415,
    why: 'the body is compressed (Content-Encoding)',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    httpStatus: 200,
    why: 'the body is shorter or longer than Content-Length',
  },
};

/**
 * The body is written as text and not by a serializer, so that no mistake in a schema can change
 * its shape.
 */
const answer = (
  reply: FastifyReply,
  httpStatus: number,
  status: AnswerStatus,
  description: string,
): FastifyReply =>
  reply.code(httpStatus).type('application/json; charset=utf-8').send(pair(status, description));

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const refusal = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  if (refusal !== undefined) {
    return answer(reply, refusal.httpStatus, 1, because(1, refusal.why));
  }
  request.log.error(
    { err: error, path: pathOf(request) },
    "The cashier's call failed unexpectedly and was not saved.",
  );
  return answer(reply, 200, -1, answerSentences[-1]);
}

function contentTypeOf(request: FastifyRequest): 'json' | 'form' {
  return request.mediaType === FORM_TYPE ? 'form' : 'json';
}

/** Admits or refuses a call before its body is read, so that no stranger's body is read. */
async function enter(
  limiter: CashierLimiter,
  app: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (isForeign(request)) {
    // Not counted against the address: the page would shut out the cashier behind the same one.
    request.log.warn(
      { address: request.clientAddress, httpStatus: 403 },
      'A call as the cashier was refused: a page of another origin sent it.',
    );
    return answer(reply, 403, 8, because(8, 'a page of another origin sent the call'));
  }
  const passage = limiter.enter(request.clientAddress, request.headers.authorization);
  switch (passage.kind) {
    case 'admitted':
      request.isCashier = passage.isAuthenticated;
      return undefined;
    case 'limited':
      app.observe.limited('cashier');
      reply.header('retry-after', Math.ceil(passage.forMs / 1000));
      return answer(reply, 429, 8, answerSentences[8]);
    case 'refused': {
      const { httpStatus } = passage;
      request.log.warn(
        { address: request.clientAddress, httpStatus },
        'A call as the cashier was refused.',
      );
      if (httpStatus === 401) reply.header('www-authenticate', 'Basic realm="UpdatePayout"');
      return answer(reply, httpStatus, 8, answerSentences[8]);
    }
  }
}

export function registerUpdatePayout(
  parent: HttpServer,
  app: AppContext,
  access: CashierAccess,
): void {
  const limiter = createCashierLimiter(access, () => app.clock.monotonic());
  parent.decorateRequest('isCashier', false);
  for (const path of CASHIER_PATHS) {
    void parent.register(
      async (server) => {
        server.setErrorHandler(answerError);
        // Called for every method except POST, and for every path below this one.
        server.setNotFoundHandler((request, reply) =>
          pathOf(request) === path
            ? answer(reply.header('allow', 'POST'), 405, 1, because(1, 'only POST is accepted'))
            : answer(reply, 404, 1, because(1, `there is nothing below ${path}`)),
        );
        server.removeAllContentTypeParsers();
        server.addContentTypeParser(
          access.formBodies ? [JSON_TYPE, FORM_TYPE] : [JSON_TYPE],
          { parseAs: 'buffer', bodyLimit: BODY_MAX_BYTES },
          (_request, body, done) => done(null, body),
        );
        server.addHook('onRequest', (request, reply) => enter(limiter, app, request, reply));
        server.post(
          '',
          {
            schema: updatePayoutSchemas(path),
            // The schemas only document. The body is read in praxis/update-payout.ts, which
            // returns status codes.
            validatorCompiler: () => (value: unknown) => ({ value }),
          },
          async (request, reply) => {
            const { body, clientAddress: address, isCashier } = request;
            const answered = await takeUpdatePayout(app, {
              body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
              contentType: contentTypeOf(request),
              path,
              address,
              isAuthenticated: isCashier,
              keepsUnnamed: isCashier && limiter.keepsUnnamed(address),
            });
            if (!answered.isNews) limiter.countIneffective(address, isCashier);
            if (!answered.isNamed) limiter.countUnnamed(address);
            return answer(reply, 200, answerStatus[answered.outcome], answered.description);
          },
        );
      },
      { prefix: path },
    );
  }
}
