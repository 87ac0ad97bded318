/**
 * The three commands of the flow against one endpoint: paths, bodies, signatures, headers. It sends
 * each call once and says what became of it; when to call, and what follows, is not its business.
 */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Outbound, OutboundClient } from '../lib/outbound.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import type { CheckVerdict, PayVerdict, StatusVerdict } from '../payout/model/reply.ts';
import { statusControl } from './control.ts';
import { encodeForm, type FormFields, parseReply, trimFields } from './form.ts';
import { type PayoutCheckOrder, payoutCheckFields } from './payout-check-fields.ts';
import { idOf, type ReadAnswer, readAnswer } from './reply.ts';
import { createAuthorize, normalizeParameters } from './signature.ts';
import { checkVerdict, type OrderIds, payVerdict, statusVerdict } from './verdict.ts';

export type GatewayClientDeps = {
  outbound: Pick<OutboundClient, 'send'>;
  /** With the context path, e.g. https://sandbox.payneteasy.com/paynet. */
  baseUrl: string;
  endpoint: { kind: 'endpoint' | 'group'; id: string };
  login: string;
  controlKey: string;
  privateKey: KeyObject;
  /** Which reply encoding is asked for; either is read. */
  accept: 'form' | 'json';
  loginInCheck: boolean;
  /** Wall clock in milliseconds, for oauth_timestamp. */
  clock: { now(): number };
  /** Random bytes as hexadecimal text. */
  randomHex: (bytes: number) => string;
};

/** For logs and the journal; nothing in it is secret or personal. */
export type CallMeta = {
  durationMs: number;
  httpStatus: number | null;
  serialNumber: string | null;
  /** The gateway's clock as it sent it, to spot our own being wrong. */
  dateHeader: string | null;
  /** How long the gateway asks us to wait; null where it does not. */
  retryAfterMs: number | null;
};

export type Called<Verdict> = { verdict: Verdict; meta: CallMeta };

/** A call ready to be sent once its intent is committed. */
export type PreparedCall<Verdict> = {
  /**
   * 64 hexadecimal characters that name command and body. It is keyed with the control key: a bare
   * hash of a body with a card number in it could be searched for the number.
   */
  requestHash: string;
  /** `mayStillSend` is asked at the very last moment; false makes the verdict not_sent. */
  send(mayStillSend: () => boolean): Promise<Called<Verdict>>;
};

export type GatewayClient = {
  preparePayoutCheck(order: PayoutCheckOrder): PreparedCall<CheckVerdict>;
  preparePayoutPay(ids: { clientOrderId: string; orderId: string }): PreparedCall<PayVerdict>;
  status(ids: OrderIds): Promise<Called<StatusVerdict>>;
};

/** payneteasy: 32 hexadecimal characters. */
const NONCE_BYTES = 16;

const formHeaders = {
  'content-type': 'application/x-www-form-urlencoded',
  'user-agent': 'payout-service',
};
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
    dateHeader: date,
    retryAfterMs: readRetryAfter(answer.headers),
  };
}

/**
 * The identity of a gateway, as text: two configurations with the same one work on the same orders.
 */
export type GatewayAddress = {
  /** With the context path. */
  baseUrl: string;
  endpoint: { kind: 'endpoint' | 'group'; id: string };
  login: string;
};

/**
 * `https://host/path endpoint/123 login`, or `group/123`; the host in lower case, without its
 * scheme's default port and without a slash at the end of the path.
 */
export function gatewayIdentity({ baseUrl, endpoint, login }: GatewayAddress): string {
  // URL writes scheme and host in lower case and leaves a default port out.
  const { protocol, host, pathname } = new URL(baseUrl);
  const path = pathname.replace(/\/+$/, '');
  return `${protocol}//${host}${path} ${endpoint.kind}/${endpoint.id} ${login}`;
}
