/**
 * The secrets of the Standard Webhooks specification: `whsec_` and the base64 of random bytes.
 */

import { fromBase64 } from './base64.ts';

const PREFIX = 'whsec_';

/** Standard Webhooks: a symmetric secret has 24 to 64 random bytes. */
export const WEBHOOK_KEY_BYTES = { min: 24, max: 64 };

/** The key in `whsec_<base64>`, padded or not; null when the text is not such a secret. */
export function decodeWebhookSecret(secret: string): Uint8Array | null {
  const key = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : null;
  const length = key?.length ?? 0;
  return length >= WEBHOOK_KEY_BYTES.min && length <= WEBHOOK_KEY_BYTES.max ? key : null;
}
