/**
 * The three commands of the flow against one endpoint: paths, bodies, signatures, headers. It sends
 * each call once and returns the outcome. When to call is decided in src/payout/policy, and what an
 * answer means in verdict.ts.
 */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Called, CallMeta, OrderIds, PreparedCall } from '../flow/gateway/gateway.ts';
import type { Outbound } from '../lib/outbound/call.ts';
import type { OutboundClient } from '../lib/outbound/outbound.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import type { CheckVerdict, PayVerdict, StatusVerdict } from '../payout/model/reply.ts';
import { statusControl } from './control.ts';
import { encodeForm, type FormFields, parseReply, trimFields } from './form.ts';
import { refusesAccess } from './http-status.ts';
import { type PayoutCheckOrder, payoutCheckFields } from './payout-check-fields.ts';
import { idOf, type ReadAnswer, readAnswer } from './reply.ts';
import { createAuthorize, normalizeParameters } from './signature.ts';
import { checkVerdict, payVerdict, statusVerdict } from './verdict.ts';

export type GatewayClientDeps = {
  outbound: Pick<OutboundClient, 'send'>;
  /** With the context path, e.g. https://sandbox.payneteasy.com/paynet. */
  baseUrl: string;
  endpoint: { kind: 'endpoint' | 'group'; id: string };
  login: string;
  controlKey: string;
  privateKey: KeyObject;
  /** Which reply encoding is requested; both are read. */
  accept: 'form' | 'json';
  loginInCheck: boolean;
  /** Wall clock in milliseconds, for oauth_timestamp. */
  clock: { now(): number };
  /** Random bytes as hexadecimal text. */
  randomHex: (bytes: number) => string;
};

export type GatewayClient = {
  preparePayoutCheck(order: PayoutCheckOrder): PreparedCall<CheckVerdict>;
  preparePayoutPay(ids: { clientOrderId: string; orderId: string }): PreparedCall<PayVerdict>;
  status(ids: OrderIds): Promise<Called<StatusVerdict>>;
};

/** payneteasy: 32 hexadecimal characters. */
const NONCE_BYTES = 16;

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };
const jsonHeaders = { ...formHeaders, accept: 'application/vnd.pay+json' };

/** The client of one endpoint. Throws when the private key or the address cannot be used. */
export function createGatewayClient(deps: GatewayClientDeps): GatewayClient {
  const { login, controlKey, clock } = deps;
  const hashKey = createSecretKey(Buffer.from(controlKey));
  const authorize = createAuthorize(login, deps.privateKey);
  const headers = deps.accept === 'json' ? jsonHeaders : formHeaders;
  const checkUrl = commandUrl(deps, 'api/v4/payout-check');
  const payUrl = commandUrl(deps, 'api/v4/payout-pay');
  const statusUrl = commandUrl(deps, 'api/v2/status');

  const prepare = <Verdict>(
    url: URL,
    body: FormFields,
    judge: (answer: ReadAnswer) => Verdict,
  ): PreparedCall<Verdict> => ({
    // Keyed with the control key: a bare hash of a body with a card number in it could be searched
    // for the number.
    requestHash: createHmac('sha256', hashKey)
      .update(`${url.pathname}\n${normalizeParameters(body)}`)
      .digest('hex'),
    async send(mayStillSend) {
      const authorization = await authorize({
        method: 'POST',
        url,
        body,
        nonce: deps.randomHex(NONCE_BYTES),
        timestampSeconds: Math.floor(clock.now() / 1000),
      });
      const answer = await deps.outbound.send({
        url,
        method: 'POST',
        headers: { ...headers, authorization },
        body: encodeForm(body),
        mayStillSend,
      });
      return { verdict: judge(readAnswer(answer)), meta: metaOf(answer) };
    },
  });

  return {
    preparePayoutCheck: (order) =>
      prepare(checkUrl, payoutCheckFields(order, deps.loginInCheck ? login : null), (answer) =>
        checkVerdict(answer, order.clientOrderId),
      ),
    preparePayoutPay: (ids) =>
      prepare(payUrl, orderFields(ids, login), (answer) => payVerdict(answer, ids)),
    async status(ids) {
      const control = statusControl({ login, controlKey, ...ids });
      const body = encodeForm(statusFields(ids, login, control));
      const answer = await deps.outbound.send({ url: statusUrl, method: 'POST', headers, body });
      const verdict = statusVerdict(readAnswer(answer), ids);
      return { verdict, meta: metaOf(answer) };
    },
  };
}

/** payneteasy: `<command>/ENDPOINTID`, or `<command>/group/ENDPOINTGROUPID`. */
function commandUrl({ baseUrl, endpoint }: GatewayClientDeps, command: string): URL {
  const id = encodeURIComponent(endpoint.id);
  const path = endpoint.kind === 'group' ? `group/${id}` : id;
  return new URL(`${baseUrl.replace(/\/+$/, '')}/${command}/${path}`);
}

function orderFields(ids: { clientOrderId: string; orderId: string }, login: string): FormFields {
  return trimFields([
    ['client_orderid', ids.clientOrderId],
    ['orderid', ids.orderId],
    ['login', login],
  ]);
}

/** payneteasy: without a known order id `orderid` is left out and counts as "" in the control. */
function statusFields(ids: OrderIds, login: string, control: string): FormFields {
  return trimFields([
    ['login', login],
    ['client_orderid', ids.clientOrderId],
    ['orderid', ids.orderId ?? undefined],
    ['control', control],
  ]);
}

function metaOf(answer: Outbound): CallMeta {
  const meta: CallMeta = {
    durationMs: answer.durationMs,
    httpStatus: null,
    serialNumber: null,
    accessRefused: false,
    dateHeader: null,
    retryAfterMs: null,
  };
  if (answer.kind === 'not_sent') return meta;
  if (answer.kind === 'unknown') return { ...meta, httpStatus: answer.httpStatus ?? null };
  const { contentType, date } = answer.headers;
  const parsed = parseReply(answer.body, contentType);
  return {
    ...meta,
    httpStatus: answer.httpStatus,
    serialNumber: parsed.kind === 'fields' ? idOf(parsed.fields, 'serial-number') : null,
    accessRefused: refusesAccess(answer.httpStatus),
    dateHeader: date,
    retryAfterMs: readRetryAfter(answer.headers),
  };
}
