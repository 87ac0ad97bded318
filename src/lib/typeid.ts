/**
 * Ids that sort by their time of birth: UUIDv7 in Crockford's base 32, 26 characters, so that an id
 * fits every gateway field and a new row lands at the end of its index.
 */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TEXT_LENGTH = 26;

/** A UUIDv7 (RFC 9562) as short text, from milliseconds since 1970 and ten random bytes. */
export function uuidV7Text(nowMs: number, randomBytes: Uint8Array): string {
  let value = BigInt(nowMs) & 0xffffffffffffn;
  for (const byte of randomBytes.subarray(0, 10)) value = (value << 8n) | BigInt(byte);
  const version = 7n << 76n;
  const variant = 2n << 62n;
  value = (value & ~(0xfn << 76n)) | version;
  value = (value & ~(3n << 62n)) | variant;
  let text = '';
  for (let place = 0; place < TEXT_LENGTH; place += 1) {
    text = `${ALPHABET[Number(value & 31n)] ?? ''}${text}`;
    value >>= 5n;
  }
  return text;
}

/** What an id of ours looks like; anything else is not looked up. */
export const payoutIdPattern = /^po_[0-9a-hjkmnp-tv-z]{26}$/;
