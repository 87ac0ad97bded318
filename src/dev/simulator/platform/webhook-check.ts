/**
 * Verifies the signature of a notification as a platform would: by the Standard Webhooks
 * specification, with code of its own.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

export type SignatureVerdict = 'valid' | 'invalid' | 'stale' | 'unsigned' | 'not_checked';

/** The tolerance of the specification's libraries by default. */
const AGE_MAX_S = 300;

export interface SignedMessage {
  readonly id: string;
  readonly timestamp: string;
  /** Signatures with their version, separated by spaces. */
  readonly signature: string;
  readonly body: string;
}

/** `secret` is `whsec_` and base64; `null`: nothing is checked. `nowMs` is since 1970. */
export function checkSignature(
  message: SignedMessage,
  secret: string | null,
  nowMs: number,
): SignatureVerdict {
  if (secret === null) return 'not_checked';
  const { id, timestamp, signature, body } = message;
  if (signature === '') return 'unsigned';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  const isSigned = signature
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  if (!isSigned) return 'invalid';
  const ageS = Math.abs(nowMs / 1000 - Number(timestamp));
  return ageS <= AGE_MAX_S ? 'valid' : 'stale';
}
