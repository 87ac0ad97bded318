/**
 * Ids in the form of a TypeID: a prefix, and a UUIDv7 in Crockford's base 32 with 26 characters.
 * They sort by their time of creation, so that a new row is added at the end of its index, and they
 * fit every field of the gateway.
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

/** The form of a payout id; anything else is not looked up. */
export const payoutIdPattern = /^po_[0-9a-hjkmnp-tv-z]{26}$/;

/** The same of a proposal. */
export const proposalIdPattern = /^prop_[0-9a-hjkmnp-tv-z]{26}$/;
