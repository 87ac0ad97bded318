/**
 * Reads the body of an answer: takes off the compression that some servers and proxies use although
 * every call asks for none, and limits what comes out. What the text means is not decided here.
 */

import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { errorCode, type OutboundCause } from './cause.ts';

export type ReadBody = { kind: 'text'; text: string } | { kind: 'failed'; cause: OutboundCause };

type Unpack = (packed: Buffer, limits: Pick<ZlibOptions, 'maxOutputLength'>) => Buffer;

/** RFC 9110 names the zlib format, but many servers send the bare stream inside of it. */
const inflate: Unpack = (packed, limits) =>
  ((packed[0] ?? 0) & 0x0f) === 8 ? inflateSync(packed, limits) : inflateRawSync(packed, limits);

/** The content codings of RFC 9110 and RFC 7932 that servers send without being asked. */
const unpackers: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflate],
  ['br', brotliDecompressSync],
]);

/** One by the server and one by a proxy; each further one would only multiply our work. */
const CODINGS_MAX = 2;

/**
 * The text of a body that came under this Content-Encoding, at most `bytesMax` at every step of
 * unpacking. It is unpacked in one piece and not as it comes: packed bytes are limited as well, and
 * the largest answer takes about a millisecond.
 */
export function readBody(
  bytes: Buffer,
  contentEncoding: string | null,
  bytesMax: number,
): ReadBody {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  // An answer without a body, such as a 204, may still name a coding.
  if (codings.length === 0 || bytes.length === 0) return textOf(bytes);
  if (codings.length > CODINGS_MAX) return { kind: 'failed', cause: 'malformed' };
  let unpacked = bytes;
  // The coding that was applied last is named last.
  for (const coding of codings.toReversed()) {
    const unpack = unpackers.get(coding);
    if (unpack === undefined) return { kind: 'failed', cause: 'malformed' };
    try {
      unpacked = unpack(unpacked, { maxOutputLength: bytesMax });
    } catch (error) {
      return { kind: 'failed', cause: causeOfUnpacking(error) };
    }
  }
  return textOf(unpacked);
}

const textOf = (bytes: Buffer): ReadBody => ({ kind: 'text', text: bytes.toString('utf8') });

function causeOfUnpacking(error: unknown): OutboundCause {
  const code = errorCode(error);
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'body_too_large';
  return code === 'Z_BUF_ERROR' ? 'body_cut' : 'malformed';
}
