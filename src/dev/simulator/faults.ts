/**
 * The faults that can be planned for a command; each is used up by the requests that it hits. What
 * a fault does to the order is as important as what the caller sees, so this file describes both.
 */

import type { FastifyReply } from 'fastify';
import type { Answer, EncodedReply } from './wire.ts';

export const COMMANDS = ['payout-check', 'payout-pay', 'status'] as const;

export type Command = (typeof COMMANDS)[number];

export const FAULT_KINDS = [
  'reset_before',
  'reset_after',
  'hang',
  'http_500',
  'http_403',
  'http_403_after',
  'http_429',
  'http_429_after',
  'html',
  'cut_body',
  'other_order',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** One planned fault, for the next `times` requests of `command`. */
export interface Fault {
  readonly command: Command;
  readonly fault: FaultKind;
  times: number;
}

/** These take effect before the request does; with all others the request has taken full effect. */
const WITHOUT_EFFECT: ReadonlySet<FaultKind> = new Set(['reset_before', 'http_403', 'http_429']);

const PROXY_PAGE = '<!doctype html><title>Proxy</title><h1>The gateway cannot be shown</h1>';

export function hasEffect(fault: FaultKind): boolean {
  return !WITHOUT_EFFECT.has(fault);
}

/** Takes the next fault planned for `command` out of `faults`; `null` when there is none. */
export function takeFault(faults: Fault[], command: Command): FaultKind | null {
  const index = faults.findIndex((candidate) => candidate.command === command);
  const planned = faults[index];
  if (planned === undefined) return null;
  planned.times -= 1;
  if (planned.times === 0) faults.splice(index, 1);
  return planned.fault;
}

/** The answer as if it were about another merchant's order. */
export function aboutOtherOrder(answer: Answer): Answer {
  if (answer.kind !== 'answered') return answer;
  const other = { 'merchant-order-id': 'another-order', 'paynet-order-id': '1' };
  return { kind: 'answered', fields: { ...answer.fields, ...other } };
}

/**
 * Answers the caller with the fault. `encoded` is the true reply, `null` when the request took no
 * effect.
 */
export function playFault(
  reply: FastifyReply,
  fault: Exclude<FaultKind, 'other_order'>,
  encoded: EncodedReply | null,
): void {
  switch (fault) {
    case 'reset_before':
    case 'reset_after':
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return;
    case 'hang':
      // Never answered: the caller gives up, or the server's own limit on idle sockets ends it.
      reply.hijack();
      return;
    case 'http_500':
      sendPage(reply, 500);
      return;
    case 'http_403':
    case 'http_403_after':
      sendPage(reply, 403);
      return;
    case 'http_429':
    case 'http_429_after':
      sendPage(reply, 429);
      return;
    case 'html':
      sendPage(reply, 200);
      return;
    case 'cut_body':
      cutBody(reply, encoded?.body ?? PROXY_PAGE, encoded?.contentType ?? 'text/html');
      return;
  }
}

function sendPage(reply: FastifyReply, httpStatus: number): void {
  void reply.code(httpStatus).type('text/html;charset=utf-8').send(PROXY_PAGE);
}

function cutBody(reply: FastifyReply, body: string, contentType: string): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  });
  reply.raw.write(body.slice(0, body.length / 2), () => reply.raw.destroy());
}
