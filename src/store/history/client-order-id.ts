/**
 * Our id of an order at the gateway (client_orderid), derived from the platform's reference: a
 * payout that is created again after a restore finds its own order instead of making another one.
 * `installation.ts` decides from when on ids are derived.
 */

import { createHash } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
/** 160 of the hash's 256 bits are 32 characters, without padding. */
const HASH_BYTES = 20;
const BITS_PER_CHARACTER = 5n;
const CHARACTERS = (HASH_BYTES * 8) / Number(BITS_PER_CHARACTER);

/** Base 32 of RFC 4648 in lower case. */
function base32(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let place = 0; place < CHARACTERS; place += 1) {
    text = `${ALPHABET[Number(value & 31n)] ?? ''}${text}`;
    value >>= BITS_PER_CHARACTER;
  }
  return text;
}

/**
 * `p_` and 32 characters: SHA-256 over the installation's name, a zero byte and the reference, so
 * that two installations on one gateway login never have the same id.
 */
export function derivedClientOrderId(installation: string, reference: string): string {
  const hash = createHash('sha256').update(`${installation}\0${reference}`, 'utf8').digest();
  return `p_${base32(hash.subarray(0, HASH_BYTES))}`;
}
