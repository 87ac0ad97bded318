/**
 * A platform that answers as it is told, without a network: each attempt takes an answer from a
 * script, and what it was sent is kept as it came.
 */

import type { PlatformClient } from '../../src/flow/platform/dialect.ts';
import type { Outbound, OutboundRequest } from '../../src/lib/outbound/call.ts';
import type { OutboundCause } from '../../src/lib/outbound/cause.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';
import type { ManualClock } from './manual-clock.ts';

export type Heard = {
  at: number;
  id: string;
  letter: string;
  reference: string;
  body: string;
  headers: Readonly<Record<string, string>>;
};

/** An HTTP answer, or what became of the call instead. */
export type Scripted =
  | { http?: number; body: string; retryAfter?: string }
  | { kind: 'not_sent' | 'unknown'; cause: OutboundCause };

export const pairOf = (status: number, description = 'said so'): Scripted => ({
  body: JSON.stringify({ Status: status, Description: description }),
});
export const OK = pairOf(0, 'ok');
export const DOWN: Scripted = { kind: 'not_sent', cause: 'ECONNREFUSED' };

export type ScriptedPlatform = {
  client: PlatformClient;
  heard: Heard[];
  /** What it answers next, in order; then `otherwise`. */
  answers: Scripted[];
  otherwise: Scripted;
  /** Called with each letter before it is answered; may wait. */
  onLetter: (heard: Heard) => void | Promise<void>;
  /** The letters of one payout, in the order in which they came. */
  lettersOf(reference: string): string;
};

const URL_SENT = 'http://platform.test/UpdatePayout';

export function createScriptedPlatform(
  clock: ManualClock,
  options: { secrets?: string[]; authorization?: string | null } = {},
): ScriptedPlatform {
  const send = async (request: OutboundRequest): Promise<Outbound> => {
    if (request.mayStillSend?.() === false) {
      return { kind: 'not_sent', cause: 'too_late', durationMs: 0 };
    }
    const body = request.body ?? '';
    const sent: { Status: string; ExtPayoutID: string } = JSON.parse(body);
    const heard = {
      at: clock.now(),
      id: request.headers['webhook-id'] ?? '',
      letter: sent.Status,
      reference: sent.ExtPayoutID,
      body,
      headers: request.headers,
    };
    platform.heard.push(heard);
    const answer = platform.answers.shift() ?? platform.otherwise;
    await platform.onLetter(heard);
    if ('kind' in answer) return { ...answer, durationMs: 3 };
    return {
      kind: 'answered',
      httpStatus: answer.http ?? 200,
      headers: {
        contentType: 'application/json',
        retryAfter: answer.retryAfter ?? null,
        date: null,
      },
      body: answer.body,
      durationMs: 7,
    };
  };
  const platform: ScriptedPlatform = {
    client: createPlatformClient({
      outbound: { send },
      url: URL_SENT,
      secrets: options.secrets ?? [],
      authorization: options.authorization ?? null,
      clock,
    }),
    heard: [],
    answers: [],
    otherwise: OK,
    onLetter: () => {},
    lettersOf: (reference) =>
      platform.heard
        .filter((heard) => heard.reference === reference)
        .map(({ letter }) => letter)
        .join(''),
  };
  return platform;
}
