/**
 * API keys of several callers for tests over HTTP, and requests that carry one.
 */

import request from 'supertest';
import { hashApiKey, type Scope } from '../../src/lib/api-key.ts';

const key = (name: string, scopes: Scope[], more: object = {}) => ({
  name,
  sha256: hashApiKey(`${name}-key`),
  scopes,
  ...more,
});

/** The variable API_KEYS for the callers that {@link as} speaks for. */
export const API_KEYS = JSON.stringify([
  key('platform', ['payouts:read', 'payouts:write']),
  key('shop', ['payouts:read', 'payouts:write']),
  key('reader', ['payouts:read']),
  key('writer', ['payouts:write']),
  key('desk', ['payouts:authorize']),
  key('careful', ['payouts:read', 'payouts:write'], { release: 'on_authorization' }),
]);

type Caller = 'platform' | 'shop' | 'reader' | 'writer' | 'desk' | 'careful';

/** Requests to a service at this address with the key of a caller. */
export const as = (url: string, caller: Caller) => {
  const authorization = `Bearer ${caller}-key`;
  return {
    get: (path: string) => request(url).get(path).set({ authorization }),
    post: (path: string) => request(url).post(path).set({ authorization }),
    create: (body: object, idempotencyKey: string) =>
      request(url)
        .post('/v1/payouts')
        .set({ authorization, 'idempotency-key': idempotencyKey })
        .send(body),
  };
};
