/**
 * How keys are written: base64, read strictly, and `whsec_` with base64 for the secrets of the
 * Standard Webhooks specification. `config/secrets.ts` decides what each key is for.
 */

/**
 * The bytes of standard base64 with or without padding; null for text that Node would only guess
 * at.
 */
export function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64').replace(/=+$/, '');
  return canonical === text.replace(/={1,2}$/, '') ? bytes : null;
}

const WEBHOOK_PREFIX = 'whsec_';

/** Standard Webhooks: a symmetric secret has 24 to 64 random bytes. */
export const WEBHOOK_KEY_BYTES = { min: 24, max: 64 };

/** The key in `whsec_<base64>`, padded or not; null when the text is not such a secret. */
export function decodeWebhookSecret(secret: string): Uint8Array | null {
  const isPrefixed = secret.startsWith(WEBHOOK_PREFIX);
  const key = isPrefixed ? fromBase64(secret.slice(WEBHOOK_PREFIX.length)) : null;
  const length = key?.length ?? 0;
  return length >= WEBHOOK_KEY_BYTES.min && length <= WEBHOOK_KEY_BYTES.max ? key : null;
}
