/**
 * One HTTP call from its start to its single end. It decides one question: the request happened,
 * certainly did not happen, or its outcome is unknown. Connections are decided in outbound.ts, the
 * words for failures in cause.ts, and how a body is read in body.ts.
 */

import type { Dispatcher } from 'undici';
import { assert } from '../assert.ts';
import { readBody } from './body.ts';
import { causeOf, errorCode, type OutboundCause } from './cause.ts';

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
export function createCall(
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
export function createHandler(
  call: Call,
  request: OutboundRequest,
  bodyBytesMax: number,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let contentEncoding: string | null = null;
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
      if (httpStatus < 200) return;
      call.head = { httpStatus, headers: readHeaders(headers) };
      contentEncoding = [headers['content-encoding'] ?? []].flat().join(',');
    },
    onResponseData(_controller, chunk) {
      size += chunk.length;
      if (size > bodyBytesMax) call.fail('body_too_large');
      else chunks.push(chunk);
    },
    onResponseEnd() {
      if (call.ended) return;
      const body = readBody(Buffer.concat(chunks), contentEncoding, bodyBytesMax);
      if (body.kind === 'text') call.answer(body.text);
      else call.fail(body.cause);
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
