/**
 * Signs notifications as the Standard Webhooks specification defines, so that a platform can
 * verify it with any of that specification's libraries. Keeps no secret.
 */

import { createHmac } from 'node:crypto';
import { assert } from '../lib/assert.ts';
import { decodeWebhookSecret } from '../lib/key-text.ts';

export type WebhookHeaders = {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
};

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
