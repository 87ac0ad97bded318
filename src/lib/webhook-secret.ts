/**
 * The secrets of the Standard Webhooks specification: `whsec_` and the base64 of random bytes.
 */

/** Standard Webhooks: a symmetric secret has 24 to 64 random bytes. */
export const WEBHOOK_KEY_BYTES = { min: 24, max: 64 };

const withoutPadding = (base64: string): string => base64.replace(/=+$/, '');

/** The key in `whsec_<base64>`, padded or not; null when the text is not such a secret. */
export function decodeWebhookSecret(secret: string): Uint8Array | null {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  if (base64 === undefined) return null;
  const key = Buffer.from(base64, 'base64');
  if (withoutPadding(key.toString('base64')) !== withoutPadding(base64)) return null;
  return key.length >= WEBHOOK_KEY_BYTES.min && key.length <= WEBHOOK_KEY_BYTES.max ? key : null;
}
