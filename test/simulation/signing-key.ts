/**
 * The merchant's RSA key, one for all runs of a process. No signature enters a trace, so the key
 * may differ from process to process.
 */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

let key: KeyObject | null = null;

export function signingKey(): KeyObject {
  key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return key;
}
