/**
 * Verifies the OAuth 1.0a RSA-SHA256 signature of a command with the merchant's public key. It is
 * written from the published rules alone and shares nothing with the service's signing code.
 */

import { verify } from 'node:crypto';
import type { Merchant, Merchants } from '../merchants.ts';
import type { NonceMemory } from './nonce-memory.ts';

/** The gateway does not publish the clock skew it allows; five minutes is the customary figure. */
export const SKEW_MAX_SECONDS = 300;

/** Official code sends 32 characters; the limit only bounds the memory for nonces. */
const NONCE_LENGTH_MAX = 128;

const REQUIRED = [
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_version',
] as const;

type OauthParameters = ReadonlyMap<string, string>;
type Pair = readonly [name: string, value: string];

export interface SignedCall {
  readonly method: string;
  /** The address as the caller named it: scheme, host and path, no query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly bodyPairs: readonly Pair[];
}

export type OauthVerdict =
  | { readonly kind: 'signed'; readonly merchant: Merchant }
  | { readonly kind: 'forbidden'; readonly reason: string };

/** RFC 3986: everything but letters, digits and `- . _ ~` is encoded, in upper-case hex. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The signed text. payneteasy: body and oauth parameters sorted by encoded name as bytes. */
export function signatureBaseString(method: string, url: string, pairs: readonly Pair[]): string {
  const normalized = pairs
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => {
      return compareAscii(nameA, nameB) || compareAscii(valueA, valueB);
    })
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return `${method.toUpperCase()}&${percentEncode(url)}&${percentEncode(normalized)}`;
}

/**
 * Returns a function that names the merchant who signed a call, or the reason why no signature is
 * accepted.
 */
export function createOauthCheck(deps: {
  readonly merchants: Merchants;
  readonly nonces: NonceMemory;
  readonly clock: () => number;
}): (call: SignedCall) => OauthVerdict {
  return (call) => {
    const oauth = parseAuthorization(call.authorization);
    if (typeof oauth === 'string') return forbidden(oauth);
    const merchant = deps.merchants.get(oauth.get('oauth_consumer_key') ?? '');
    if (merchant === undefined) return forbidden('unknown oauth_consumer_key');
    const problem = problemOfParameters(oauth, deps.clock());
    if (problem !== null) return forbidden(problem);
    if (!isSignedBy(merchant, call, oauth)) return forbidden('oauth_signature does not match');
    // The nonce is remembered only now: a forged call must not use up a merchant's nonce.
    if (!deps.nonces.isNew(`${merchant.login} ${oauth.get('oauth_nonce')}`)) {
      return forbidden('oauth_nonce was used before');
    }
    return { kind: 'signed', merchant };
  };
}

function forbidden(reason: string): OauthVerdict {
  return { kind: 'forbidden', reason };
}

function compareAscii(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The parameters of the header, or a sentence about its fault. */
function parseAuthorization(header: string | undefined): OauthParameters | string {
  if (header === undefined) return 'no Authorization header';
  if (!/^OAuth\s/i.test(header)) return 'the Authorization header is not OAuth';
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of header.matchAll(/([\w-]+)="([^"]*)"/g)) {
    if (found.has(name)) return 'a parameter of the Authorization header comes twice';
    const decoded = decode(value);
    if (decoded === null) return 'the Authorization header is not percent-encoded';
    found.set(name, decoded);
  }
  const missing = REQUIRED.filter((name) => (found.get(name) ?? '') === '');
  return missing.length > 0 ? `missing ${missing.join(', ')}` : found;
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    // The only error here is a broken escape, which the caller turns into its own sentence.
    return null;
  }
}

function problemOfParameters(oauth: OauthParameters, nowMs: number): string | null {
  if (oauth.get('oauth_signature_method') !== 'RSA-SHA256') {
    return 'oauth_signature_method is not RSA-SHA256';
  }
  if (oauth.get('oauth_version') !== '1.0') return 'oauth_version is not 1.0';
  if ((oauth.get('oauth_nonce') ?? '').length > NONCE_LENGTH_MAX) return 'oauth_nonce is too long';
  const timestamp = oauth.get('oauth_timestamp') ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) return 'oauth_timestamp is not in whole seconds';
  const skewSeconds = Math.abs(nowMs / 1000 - Number(timestamp));
  if (skewSeconds > SKEW_MAX_SECONDS) return 'oauth_timestamp is too far from the time here';
  return null;
}

/** payneteasy: body and oauth parameters are signed, all but oauth_signature and realm. */
function isSignedBy(merchant: Merchant, call: SignedCall, oauth: OauthParameters): boolean {
  const signed = [...oauth].filter(([name]) => name !== 'oauth_signature' && name !== 'realm');
  const base = signatureBaseString(call.method, call.url, [...call.bodyPairs, ...signed]);
  const signature = Buffer.from(oauth.get('oauth_signature') ?? '', 'base64');
  return verify('sha256', Buffer.from(base), merchant.publicKey, signature);
}
