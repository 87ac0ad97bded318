/**
 * Every HTTP call of this service, and the only user of undici: connections, their limits, and what
 * each request carries. It never retries a call, follows no redirect, and does not interpret
 * bodies: `payneteasy/verdict.ts` and `praxis/read-answer.ts` do. How a call ends is decided in
 * call.ts.
 */

import { readFileSync } from 'node:fs';
import { Agent, Pool } from 'undici';
import { createCall, createHandler, type Outbound, type OutboundRequest } from './call.ts';

export type OutboundLimits = {
  /**
   * From the DNS lookup to the end of the TLS handshake. undici measures it with a coarse timer
   * that can be a second late; `totalTimeoutMs` is exact.
   */
  connectTimeoutMs: number;
  /** From `send` to the last byte of the answer, including the wait for a free connection. */
  totalTimeoutMs: number;
  bodyBytesMax: number;
  /** Connections for one origin; further calls wait for a free one. */
  connectionsMax: number;
};

export type OutboundClient = {
  /** Never rejects for a failure of a network or a server; only for a bug in the caller. */
  send(request: OutboundRequest): Promise<Outbound>;
  /** Takes no new calls and waits for those under way, at most their total timeout. */
  close(): Promise<void>;
};

/**
 * Below the usual 5 s after which servers close an idle connection, so that we mostly close it
 * first.
 */
const KEEP_ALIVE_MS = 4_000;
/**
 * The longest age of a connection, idle or busy. Afterwards its name is looked up again: an old
 * host may still answer after the name has moved to another. A call under way on it is finished.
 */
const CONNECTION_AGE_MS = 60_000;

/**
 * The part of the time for connecting after which the next address of a name is tried. Node's own
 * 250 ms never reach a host that is 300 ms away and whose name has another address that is dead.
 * A fourth leaves time for three dead addresses before the one that answers.
 */
const ADDRESSES_IN_TIME = 4;

/** Firewalls in front of a platform commonly refuse a request that does not say who sends it. */
const USER_AGENT = `payout-service/${ownVersion()}`;

function ownVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}

/** A pool of kept-alive HTTP/1.1 connections per origin, with these limits for every call. */
export function createOutbound(limits: OutboundLimits): OutboundClient {
  const agent = new Agent({
    connections: limits.connectionsMax,
    // One request at a time on a connection: the outcome of a request queued behind another one
    // could not be known.
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Also when a server offers longer.
    keepAliveMaxTimeout: CONNECTION_AGE_MS,
    // Without the pool, which undici leaves out for one connection, there would be no such age.
    factory: (origin, options) => new Pool(origin, options),
    clientTtl: CONNECTION_AGE_MS,
    // The total timeout covers both exactly; these would only add coarser ones.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: limits.connectTimeoutMs,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.ceil(limits.connectTimeoutMs / ADDRESSES_IN_TIME),
      minVersion: 'TLSv1.2',
      // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot switch it
      // off.
      rejectUnauthorized: true,
    },
  });
  return {
    send: (request) => exchange(agent, request, limits),
    close: () => agent.close(),
  };
}

function exchange(
  agent: Agent,
  request: OutboundRequest,
  limits: OutboundLimits,
): Promise<Outbound> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const call = createCall(request.totalTimeoutMs ?? limits.totalTimeoutMs, resolve, reject);
    agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        // A server may compress the answer all the same; body.ts reads it.
        headers: {
          'accept-encoding': 'identity',
          'user-agent': USER_AGENT,
          ...request.headers,
        },
        body: request.body ?? null,
      },
      createHandler(call, request, limits.bodyBytesMax),
    );
  });
}
