/**
 * Sends one UpdatePayout to the platform and reads its answer. Each call is one attempt: when to
 * send, and what an answer does, is decided in flow/platform/deliver-notification.ts.
 */

import type { PlatformClient } from '../flow/platform/dialect.ts';
import type { Clock } from '../lib/clock.ts';
import type { OutboundClient } from '../lib/outbound/outbound.ts';
import { readAnswer } from './read-answer.ts';
import { signWebhook } from './webhook-signature.ts';

export type PlatformClientDeps = {
  outbound: Pick<OutboundClient, 'send'>;
  url: string;
  /** Each of them signs every attempt; without any, attempts are not signed. */
  secrets: readonly string[];
  /** The Authorization header that the platform requires; null where it requires none. */
  authorization: string | null;
  clock: Pick<Clock, 'now'>;
};

export function createPlatformClient({
  outbound,
  url,
  secrets,
  authorization,
  clock,
}: PlatformClientDeps): PlatformClient {
  const headersOf = (id: string, body: string): Record<string, string> => ({
    'content-type': 'application/json',
    ...(authorization === null ? {} : { authorization }),
    ...(secrets.length === 0
      ? { 'webhook-id': id }
      : signWebhook({ id, timestampS: Math.floor(clock.now() / 1000), body, secrets })),
  });

  return {
    send: async ({ id, body }, mayStillSend) => {
      const outcome = await outbound.send({
        url,
        method: 'POST',
        headers: headersOf(id, body),
        body,
        mayStillSend,
      });
      const answer = readAnswer(outcome);
      const { durationMs } = outcome;
      if (outcome.kind === 'answered') {
        const cause = answer.kind === 'unrecognised' ? 'unreadable' : null;
        return { answer, httpStatus: outcome.httpStatus, cause, durationMs };
      }
      const httpStatus = outcome.kind === 'unknown' ? (outcome.httpStatus ?? null) : null;
      return { answer, httpStatus, cause: outcome.cause, durationMs };
    },
  };
}
