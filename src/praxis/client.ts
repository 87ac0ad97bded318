/**
 * Sends one UpdatePayout to the platform and reads its answer. One attempt a call: when to send,
 * and what an answer does, is decided elsewhere.
 */

import type { Clock } from '../lib/clock.ts';
import type { OutboundClient } from '../lib/outbound.ts';
import { type PlatformAnswer, readAnswer } from './read-answer.ts';
import { signWebhook } from './webhook-signature.ts';

export type PlatformClientDeps = {
  outbound: Pick<OutboundClient, 'send'>;
  url: string;
  /** Each signs every attempt; none: unsigned. */
  secrets: readonly string[];
  /** The Authorization header the platform wants; null: none. */
  authorization: string | null;
  clock: Pick<Clock, 'now'>;
};

export type SentNotification = {
  answer: PlatformAnswer;
  /** Null where no HTTP answer came. */
  httpStatus: number | null;
  /** Why nothing readable came; null where a pair was read. */
  cause: string | null;
  durationMs: number;
};

export type PlatformClient = {
  /**
   * Sends these bytes; `id` is the webhook-id. `mayStillSend` is asked just before the first byte;
   * a call it stopped has the cause `too_late`.
   */
  send(
    message: { id: string; body: string },
    mayStillSend: () => boolean,
  ): Promise<SentNotification>;
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
