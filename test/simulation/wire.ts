/**
 * The gateway's side of the wire, written from the protocol and not from the service: reads
 * requests, writes replies, signs callbacks.
 */

import { createHash } from 'node:crypto';
import type { Account } from './account.ts';
import type { Random } from './random.ts';

export type Command = 'payout-check' | 'payout-pay' | 'status';

export type GatewayRequest = {
  command: Command;
  /** The account that the address names. */
  host: string;
  gatewayId: string;
  fields: ReadonlyMap<string, string>;
  /** Null where the command is not signed with OAuth. */
  nonce: string | null;
  /** Whose key it is signed with; null where there is no such signature. */
  signedBy: string | null;
};

export type Fields = Readonly<Record<string, string>>;

export type Answer = {
  httpStatus: number;
  contentType: string;
  body: string;
  retryAfter: string | null;
  /** What the body says; null for a page or a bare refusal. */
  fields: Fields | null;
};

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** Reads what the service sent to an address of the gateway. */
export function readRequest(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): GatewayRequest {
  const command = (['payout-check', 'payout-pay', 'status'] as const).find((name) =>
    url.includes(`/${name}/`),
  );
  if (command === undefined) throw new Error(`no command of the gateway: ${url}`);
  const oauth = (name: string): string | null =>
    new RegExp(`oauth_${name}="([\\w-]+)"`).exec(headers['authorization'] ?? '')?.[1] ?? null;
  return {
    command,
    host: new URL(url).host,
    gatewayId: url.split('/').at(-1) ?? '',
    fields: new Map(new URLSearchParams(body)),
    nonce: oauth('nonce'),
    signedBy: oauth('consumer_key'),
  };
}

/** payneteasy: control = sha1(login+client_orderid+orderid+key). */
export function isStatusSigned({ fields }: GatewayRequest, account: Account): boolean {
  const of = (name: string): string => fields.get(name) ?? '';
  const expected = sha1(of('login') + of('client_orderid') + of('orderid') + account.controlKey);
  return of('control') === expected;
}

/** Who it says it is. */
export const loginOf = ({ command, fields, signedBy }: GatewayRequest): string =>
  (command === 'status' ? fields.get('login') : signedBy) ?? '';

/** payneteasy: callback control = sha1(status+orderid+client_orderid+key). */
export const callbackControl = (
  { controlKey }: Account,
  status: string,
  orderId: string,
  clientOrderId: string,
): string => sha1(status + orderId + clientOrderId + controlKey);

/** The fields as a form whose values end with a newline, or as flat JSON; the seed decides. */
export function reply(random: Random, fields: Fields, httpStatus = 200): Answer {
  const json = random.chance(0.3);
  const entries = Object.entries(fields);
  const body = json
    ? JSON.stringify(fields)
    : entries.map(([name, value]) => `${name}=${encodeURIComponent(value)}\n`).join('&');
  const contentType = json ? 'application/vnd.pay+json' : 'text/html;charset=utf-8';
  return { httpStatus, contentType, body, retryAfter: null, fields };
}

/** An answer that is none of the gateway itself. */
export function page(httpStatus: number, retryAfter: string | null = null): Answer {
  const body = `<html><body><h1>${httpStatus}</h1><a href="/?status=approved">x</a></body></html>`;
  return { httpStatus, contentType: 'text/html', body, retryAfter, fields: null };
}
