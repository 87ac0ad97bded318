/**
 * Authenticates clients by their API key. The key is compared by its hash, and the route's scope is
 * checked before the body is read. The key itself is passed to no other code. Every route below
 * /v1/ has to name a scope. The keys are read in config/secrets.ts; how many wrong ones are too
 * many is decided in guess-limiter.ts.
 */

import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../flow/actor.ts';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { addressKey } from '../../flow/keyless-limits.ts';
import { type ApiKey, hashApiKey, type Scope } from '../../lib/api-key.ts';
import { assert } from '../../lib/assert.ts';
import { isForeign } from './browsers.ts';
import { createGuessLimiter } from './guess-limiter.ts';

export type Caller = Pick<ApiKey, 'name' | 'scopes' | 'release' | 'person'>;

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

export type ApiKeyDeps = {
  apiKeys: readonly ApiKey[];
  /** In milliseconds; never jumps. */
  monotonic: () => number;
  /** Called for each request that is answered 429 because of wrong keys. */
  onLimited: () => void;
};

export function registerApiKeys(
  server: FastifyInstance,
  { apiKeys, monotonic, onLimited }: ApiKeyDeps,
): void {
  const guesses = createGuessLimiter(monotonic);
  const limited = (forMs: number): RequestProblem => {
    onLimited();
    const detail = 'Too many requests without a valid API key came from this address.';
    return new RequestProblem('RATE_LIMITED', {
      detail,
      retryAfterSeconds: Math.ceil(forMs / 1000),
    });
  };
  const known = apiKeys.map((key) => ({ key, hash: Buffer.from(key.sha256, 'hex') }));
  server.decorateRequest('caller', null);
  server.addHook('onRoute', ({ url, config }) => {
    const isOpen = config?.scope === undefined;
    assert(!isOpen || !url.startsWith('/v1/'), `${url} names no scope`);
  });
  server.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    if (scope === 'operator' && isForeign(request)) throw new RequestProblem('FOREIGN_ORIGIN');
    const address = addressKey(request.clientAddress);
    const closedForMs = guesses.closedForMs(address);
    if (closedForMs > 0) throw limited(closedForMs);
    const presented = PRESENTED.exec(request.headers.authorization ?? '')?.[1];
    const hash = Buffer.from(hashApiKey(presented ?? ''), 'hex');
    // Every key is compared, also after a match, so that the time does not reveal its position.
    const [match] = known.filter((entry) => timingSafeEqual(entry.hash, hash));
    if (match === undefined || presented === undefined) {
      const forMs = guesses.refused(address);
      throw forMs > 0 ? limited(forMs) : new RequestProblem('UNAUTHORIZED');
    }
    guesses.admitted(address);
    const { name, scopes, release, person } = match.key;
    request.caller = { name, scopes, release, person };
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

/** The name that is recorded: of the key's person, or as it was typed, or of the key. */
export const nameOf = ({ name, person }: Caller, typed?: string): string => person ?? typed ?? name;

/**
 * Who gives the command of a request: the name in its body, if there is one, and its key. The key
 * of a person takes no other name: throws OTHER_PERSON.
 */
export function actorOf(request: FastifyRequest, typed?: string): Actor {
  const { name: key, person } = callerOf(request);
  // A letter and its mark may be typed as one character or as two.
  const isOther = typed !== undefined && typed.normalize() !== person?.normalize();
  if (person !== undefined && isOther) {
    const detail = `This key is the one of ${person}, and the body has the name ${typed}.`;
    throw new RequestProblem('OTHER_PERSON', { detail });
  }
  return { by: nameOf(callerOf(request), typed), key };
}
