/**
 * Every HTTP call of this service, and the only user of undici. It decides one question: the
 * request happened, certainly did not happen, or its outcome is unknown. It never retries a call,
 * follows no redirect, and does not interpret bodies: `payneteasy/verdict.ts` and
 * `praxis/read-answer.ts` do.
 */

import { Agent, type Dispatcher } from 'undici';
import { assert } from './assert.ts';

/** Why a call has no whole answer, in one word; it is logged and stored as it is. */
export type OutboundCause =
  | 'connect_timeout'
  | 'closed'
  | 'invalid_request'
  | 'headers_too_large'
  | 'body_cut'
  | 'body_too_large'
  | 'reset'
  | 'tls'
  | 'malformed'
  | 'total_timeout'
  /** The caller's `mayStillSend` stopped it before the first byte. */
  | 'too_late'
  | 'other'
  /** The code of a system error that has no word here, such as ECONNREFUSED. */
  | `E${string}`;

/** Where the call was when it failed: a code means another thing before the write than after. */
export type Stage = 'before_write' | 'before_headers' | 'in_body';

/** The `code` of an error (ECONNREFUSED, UND_ERR_SOCKET …); null for an error without one. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // undici sets no code on this error when the answer is not HTTP from its first byte.
  return error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : null;
}

const words: Readonly<Record<string, OutboundCause>> = {
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_NOT_SUPPORTED: 'invalid_request',
  UND_ERR_HEADERS_OVERFLOW: 'headers_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'body_cut',
  HPE_INVALID_EOF_STATE: 'body_cut',
};

/**
 * Codes with which Node's TLS rejects a server: failed handshakes and every certificate verdict.
 */
const tlsCode =
  /^(EPROTO|ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

const isSystemCode = (code: string): code is `E${string}` => /^E[A-Z_]{2,30}$/.test(code);

/** The word for an error. An unlisted system error keeps its code; the rest is "other". */
export function causeOf(error: unknown, stage: Stage): OutboundCause {
  const code = errorCode(error);
  if (code === null) return 'other';
  if (lostConnection.has(code)) return stage === 'in_body' ? 'body_cut' : 'reset';
  if (code === 'ETIMEDOUT' && stage !== 'before_write') return 'reset';
  const word = words[code];
  if (word !== undefined) return word;
  if (tlsCode.test(code)) return 'tls';
  if (code.startsWith('HPE_')) return 'malformed';
  return isSystemCode(code) ? code : 'other';
}

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

export type OutboundRequest = {
  url: URL | string;
  method: 'POST' | 'GET';
  headers: Readonly<Record<string, string>>;
  body?: string;
  /**
   * Called once, in the same turn of the event loop in which the bytes go to the socket; false
   * stops the call.
   */
  mayStillSend?: () => boolean;
  /** Replaces the common limit for this call. */
  totalTimeoutMs?: number;
};

/** The headers that are read; null where absent. */
export type OutboundHeaders = {
  contentType: string | null;
  retryAfter: string | null;
  date: string | null;
};

/**
 * The outcome of a call. `not_sent` is certain: no byte of the request was written. `unknown` is
 * every other call without a complete answer; it has `httpStatus` when the headers had arrived.
 */
export type Outbound =
  | {
      kind: 'answered';
      httpStatus: number;
      headers: OutboundHeaders;
      body: string;
      durationMs: number;
    }
  | { kind: 'not_sent'; cause: OutboundCause; durationMs: number }
  | { kind: 'unknown'; cause: OutboundCause; httpStatus?: number; durationMs: number };

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
/** Also when a server offers longer: after this time the name is looked up again. */
const KEEP_ALIVE_MAX_MS = 60_000;

/** A pool of kept-alive HTTP/1.1 connections per origin, with these limits for every call. */
export function createOutbound(limits: OutboundLimits): OutboundClient {
  const agent = new Agent({
    connections: limits.connectionsMax,
    // One request at a time on a connection: the outcome of a request queued behind another one
    // could not be known.
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    // The total timeout covers both exactly; these would only add coarser ones.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: limits.connectTimeoutMs,
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
        // Without this header a server may compress the answer.
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
      },
      createHandler(call, request, limits.bodyBytesMax),
    );
  });
}

/** How far one call has come, and its single end. */
type Call = {
  /** Set as soon as bytes may have left. */
  written: Dispatcher.DispatchController | null;
  head: { httpStatus: number; headers: OutboundHeaders } | null;
  readonly ended: boolean;
  answer(body: string): void;
  fail(cause: OutboundCause): void;
  throwBug(error: Error): void;
};

/** The first of all outcomes ends the call, also the total timeout; later ones are ignored. */
function createCall(
  totalTimeoutMs: number,
  resolve: (answer: Outbound) => void,
  reject: (bug: Error) => void,
): Call {
  const startedAt = performance.now();
  const end = (settle: (durationMs: number) => void) => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    settle(performance.now() - startedAt);
  };
  const call: Call = {
    written: null,
    head: null,
    get ended() {
      return timer === null;
    },
    answer: (body) =>
      end((durationMs) => {
        assert(call.head !== null, 'an answer ends after its headers');
        resolve({ kind: 'answered', ...call.head, body, durationMs });
      }),
    fail: (cause) =>
      end((durationMs) => {
        if (call.written === null) return resolve({ kind: 'not_sent', cause, durationMs });
        const seen = call.head === null ? {} : { httpStatus: call.head.httpStatus };
        resolve({ kind: 'unknown', cause, ...seen, durationMs });
        call.written.abort(new Error(cause));
      }),
    throwBug: (error) => end(() => reject(error)),
  };
  let timer: NodeJS.Timeout | null = setTimeout(() => call.fail('total_timeout'), totalTimeoutMs);
  return call;
}

/**
 * undici calls onRequestStart right before it writes, in the same turn; an abort from inside it
 * makes undici drop the request and the connection without writing (client-h1.js, writeH1). So a
 * call whose start was never allowed is `not_sent`, whatever ended it.
 */
function createHandler(
  call: Call,
  request: OutboundRequest,
  bodyBytesMax: number,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    onRequestStart(controller) {
      // A second start means that undici sends the request again by itself: the outcome of the
      // first one is unknown.
      if (call.written !== null) call.fail('reset');
      else if (!call.ended && request.mayStillSend?.() === false) call.fail('too_late');
      if (call.ended) controller.abort(new Error('stopped before the write'));
      else call.written = controller;
    },
    onResponseStart(_controller, httpStatus, headers) {
      // 1xx is only a preliminary answer.
      if (httpStatus >= 200) call.head = { httpStatus, headers: readHeaders(headers) };
    },
    onResponseData(_controller, chunk) {
      size += chunk.length;
      if (size > bodyBytesMax) call.fail('body_too_large');
      else chunks.push(chunk);
    },
    onResponseEnd() {
      call.answer(Buffer.concat(chunks).toString('utf8'));
    },
    onResponseError(_controller, error) {
      // An error without a code before the write comes from our own code, not from a network.
      if (call.written === null && errorCode(error) === null) call.throwBug(error);
      else if (call.written === null) call.fail(causeOf(error, 'before_write'));
      else call.fail(causeOf(error, call.head === null ? 'before_headers' : 'in_body'));
    },
  };
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

function readHeaders(headers: RawHeaders): OutboundHeaders {
  const first = (name: string) => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
  return {
    contentType: first('content-type'),
    retryAfter: first('retry-after'),
    date: first('date'),
  };
}
