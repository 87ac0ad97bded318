/**
 * The fake platform's HTTP side: the one address that receives notifications. The body is read as
 * text, because the signature covers its bytes.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BehaviourStore } from '../behaviour.ts';
import type { Timers } from '../timers.ts';
import type { FakePlatform } from './platform.ts';
import { playAnswer } from './platform-answers.ts';

export const PLATFORM_PATH = '/platform/UpdatePayout';

const headerOf = (request: FastifyRequest, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

export function addPlatformRoutes(
  app: FastifyInstance,
  deps: {
    readonly platform: FakePlatform;
    readonly behaviour: BehaviourStore;
    readonly timers: Timers;
  },
): void {
  const { platform, behaviour, timers } = deps;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(PLATFORM_PATH, (request, reply) => {
      const received = platform.take({
        webhookId: headerOf(request, 'webhook-id'),
        timestamp: headerOf(request, 'webhook-timestamp'),
        signature: headerOf(request, 'webhook-signature'),
        body: typeof request.body === 'string' ? request.body : '',
      });
      const delayMs = behaviour.current().platformDelayMs;
      if (delayMs === 0) playAnswer(reply, received.answer);
      else timers.after(delayMs, () => playAnswer(reply, received.answer));
    });
  });
}
