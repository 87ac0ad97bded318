/**
 * OAuth 1.0a with RSA-SHA256, as the v4 commands want it: RFC 3986 encoding, base string, signature
 * and Authorization header. Nonce and time are handed in; nothing here is random or reads a clock.
 */

import { type KeyObject, sign } from 'node:crypto';

import { assert } from '../lib/assert.ts';
import type { FormFields } from './form.ts';

/** payneteasy: RSA keys have at least 2048 bits. */
const MODULUS_BITS_MIN = 2048;

/** RFC 3986: only letters, digits and - . _ ~ stay. A lone surrogate is U+FFFD, as in forms. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Encoded, sorted as bytes by name and then by value, joined; empty values take part. */
export function normalizeParameters(parameters: FormFields): string {
  return parameters
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Encoded text is ASCII, so comparing characters is comparing bytes. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Method, address (no query, no default port) and parameters in the one form that is signed. */
export function signatureBaseString(method: string, url: URL, parameters: FormFields): string {
  const address = `${url.protocol}//${url.host}${url.pathname}`;
  const parts = [method.toUpperCase(), address, normalizeParameters(parameters)];
  return parts.map(percentEncode).join('&');
}

export type SignedRequest = {
  method: 'POST';
  url: URL;
  body: FormFields;
  /** 32 hexadecimal characters, never used twice. */
  nonce: string;
  timestampSeconds: number;
};

/** Makes the Authorization header of one request. */
export type Authorize = (request: SignedRequest) => Promise<string>;

/**
 * Throws when the private key is not an RSA key of at least 2048 bits, so that a wrong key fails
 * the start and not the first payout.
 */
export function createAuthorize(login: string, key: KeyObject): Authorize {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  assert(key.asymmetricKeyType === 'rsa', 'the private key is an RSA key');
  assert(bits >= MODULUS_BITS_MIN, `the private key has at least ${MODULUS_BITS_MIN} bits`);

  // In the thread pool: a 2048-bit signature holds the event loop for 0.06 ms this way and for
  // 0.68 ms when made in place, and two cores make 2700 a second instead of 1470 (measured).
  const signText = (text: string) =>
    new Promise<string>((resolve, reject) => {
      sign('sha256', Buffer.from(text), key, (error, signature) => {
        if (error) reject(error);
        else resolve(signature.toString('base64'));
      });
    });

  return async ({ method, url, body, nonce, timestampSeconds }) => {
    const oauth: FormFields = [
      ['oauth_consumer_key', login],
      ['oauth_nonce', nonce],
      ['oauth_signature_method', 'RSA-SHA256'],
      ['oauth_timestamp', String(timestampSeconds)],
      ['oauth_version', '1.0'],
    ];
    const signature = await signText(signatureBaseString(method, url, [...body, ...oauth]));
    const pairs = [...oauth, ['oauth_signature', signature] as const];
    return `OAuth ${pairs.map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}`;
  };
}
