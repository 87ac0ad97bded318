/**
 * The merchant's RSA key, one for all runs of a process. No signature enters a trace, so the key
 * may differ from process to process.
 */

import { generateKeyPairSync } from 'node:crypto';

let pem: string | null = null;

export function signingKey(): string {
  pem ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  return pem;
}
