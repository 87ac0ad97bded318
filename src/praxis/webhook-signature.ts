/**
 * Signs what we send in the way of the Standard Webhooks specification, so that a platform can
 * verify it with any of that specification's libraries. Keeps no secret.
 */

import { createHmac } from 'node:crypto';
import { assert } from '../lib/assert.ts';

export type WebhookHeaders = {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
};

/** Standard Webhooks: a symmetric secret has 24 to 64 random bytes. */
const KEY_MIN_BYTES = 24;
const KEY_MAX_BYTES = 64;

/** The key in `whsec_<base64>`; null when the text is not such a secret. */
export function decodeWebhookSecret(secret: string): Uint8Array | null {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  if (base64 === undefined || base64.length % 4 !== 0) return null;
  const key = Buffer.from(base64, 'base64');
  return key.length >= KEY_MIN_BYTES && key.length <= KEY_MAX_BYTES ? key : null;
}

/**
 * The headers of one attempt: `id` stays the same over all attempts of a message, `timestampS` is
 * the attempt's time in whole seconds since 1970. Every secret signs, so that a receiver may hold
 * the old or the new one while they are exchanged. A secret that cannot be decoded is a bug:
 * configuration refused it.
 */
export function signWebhook({
  id,
  timestampS,
  body,
  secrets,
}: {
  id: string;
  timestampS: number;
  body: string;
  secrets: readonly string[];
}): WebhookHeaders {
  assert(secrets.length > 0, 'a webhook is signed with at least one secret');
  assert(Number.isSafeInteger(timestampS), 'a webhook timestamp is in whole seconds');
  const signed = `${id}.${timestampS}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = decodeWebhookSecret(secret);
    assert(key !== null, 'a webhook secret is whsec_ and base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signatures.join(' '),
  };
}
