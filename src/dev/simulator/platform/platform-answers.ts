/**
 * The good and bad answers that the fake platform can give. Each planned answer is used up by the
 * notifications that it meets; without a planned answer, the platform accepts the notification.
 */

import type { FastifyReply } from 'fastify';

export const PLATFORM_ANSWERS = [
  'ok',
  'later',
  'refused',
  'html',
  'hang',
  'reset',
  'http_500',
  'http_503_retry_after',
  'wrong_pair',
  'redirect',
] as const;

export type PlatformAnswer = (typeof PLATFORM_ANSWERS)[number];

export interface PlannedAnswer {
  readonly answer: PlatformAnswer;
  times: number;
}

const RETRY_AFTER_S = '2';

/** Takes the next planned answer out of `planned`. */
export function takeAnswer(planned: PlannedAnswer[]): PlatformAnswer {
  const next = planned[0];
  if (next === undefined) return 'ok';
  next.times -= 1;
  if (next.times === 0) planned.shift();
  return next.answer;
}

const sendPair = (reply: FastifyReply, httpStatus: number, status: unknown, description: string) =>
  reply
    .code(httpStatus)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ Status: status, Description: description }));

/** Gives one answer. */
export function playAnswer(
  reply: FastifyReply,
  answer: PlatformAnswer | 'bad_signature' | 'unreadable',
): void {
  switch (answer) {
    case 'ok':
      void sendPair(reply, 200, 0, 'Update payout request success');
      return;
    case 'later':
      void sendPair(reply, 200, -1, 'The ledger is away');
      return;
    case 'refused':
      void sendPair(reply, 200, 4, 'Update payout request failed');
      return;
    case 'unreadable':
      void sendPair(reply, 200, 1, 'The request cannot be read');
      return;
    case 'bad_signature':
      void sendPair(reply, 401, 8, 'The signature does not verify');
      return;
    case 'wrong_pair':
      void sendPair(reply, 200, 'fine', 'A Status that is no number');
      return;
    case 'html':
    case 'http_500':
      void reply
        .code(answer === 'html' ? 200 : 500)
        .type('text/html')
        .send('<!doctype html><title>Platform</title><h1>It works</h1>');
      return;
    case 'http_503_retry_after':
      void reply.code(503).header('retry-after', RETRY_AFTER_S).send();
      return;
    case 'redirect':
      void reply.redirect('/platform/elsewhere', 302);
      return;
    case 'hang':
      // Never answered: the caller gives up, or the server's own limit on idle sockets ends it.
      reply.hijack();
      return;
    case 'reset':
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return;
  }
}
