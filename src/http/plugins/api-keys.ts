/**
 * Authenticates clients by their API key. The key is compared by its hash, and the route's scope is
 * checked before the body is read. The key itself is passed to no other code. Every route below
 * /v1/ has to name a scope. The keys are read in config/secrets.ts.
 */

import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { type ApiKey, hashApiKey, type Scope } from '../../lib/api-key.ts';
import { assert } from '../../lib/assert.ts';

export type Caller = Pick<ApiKey, 'name' | 'scopes' | 'release'>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that the client's key needs; left out on routes without API keys. */
    scope?: Scope;
  }
  interface FastifyRequest {
    /** The client; set on routes with a scope. */
    caller: Caller | null;
  }
}

/** Longer than any key that keygen makes; limits the bytes that are hashed for strangers. */
const PRESENTED = /^Bearer +([\x21-\x7e]{1,512})$/i;

export function registerApiKeys(server: FastifyInstance, apiKeys: readonly ApiKey[]): void {
  const known = apiKeys.map((key) => ({ key, hash: Buffer.from(key.sha256, 'hex') }));
  server.decorateRequest('caller', null);
  server.addHook('onRoute', ({ url, config }) => {
    const isOpen = config?.scope === undefined;
    assert(!isOpen || !url.startsWith('/v1/'), `${url} names no scope`);
  });
  server.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    const presented = PRESENTED.exec(request.headers.authorization ?? '')?.[1];
    if (presented === undefined) throw new RequestProblem('UNAUTHORIZED');
    const hash = Buffer.from(hashApiKey(presented), 'hex');
    // Every key is compared, also after a match, so that the time does not reveal its position.
    const [match] = known.filter((entry) => timingSafeEqual(entry.hash, hash));
    if (match === undefined) throw new RequestProblem('UNAUTHORIZED');
    const { name, scopes, release } = match.key;
    request.caller = { name, scopes, release };
    if (!scopes.includes(scope)) {
      throw new RequestProblem('FORBIDDEN_SCOPE', { detail: `This key lacks the scope ${scope}.` });
    }
  });
}

/** The client that calls a route with a scope. */
export function callerOf(request: FastifyRequest): Caller {
  assert(request.caller !== null, `${request.url} was reached without a caller`);
  return request.caller;
}
