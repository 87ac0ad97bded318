/**
 * Goal: an answer that a server or a proxy compressed although nothing but identity was asked for
 * is read as if it had come plain, and one that cannot be read is unknown, whatever its status.
 */

import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { Outbound } from '../../src/lib/outbound/call.ts';
import { createOutbound } from '../../src/lib/outbound/outbound.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

const BODY_BYTES_MAX = 10_000;

let server: RawServer | undefined;
afterEach(() => server?.close());

/** What comes of an answer with these bytes and header lines. */
async function answered(
  bytes: Buffer,
  headers: string[],
  { length = bytes.length, status = '200 OK' } = {},
): Promise<Outbound> {
  server = await startRawServer(({ socket }) => {
    const head = [`HTTP/1.1 ${status}`, `content-length: ${length}`, ...headers, '', ''];
    socket.write(Buffer.concat([Buffer.from(head.join('\r\n')), bytes]));
  });
  const outbound = createOutbound({
    connectTimeoutMs: 10_000,
    totalTimeoutMs: 10_000,
    bodyBytesMax: BODY_BYTES_MAX,
    connectionsMax: 1,
  });
  const answer = await outbound.send({ url: server.origin, method: 'POST', headers: {} });
  await outbound.close();
  return answer;
}

const TEXT = '{"Status":0,"Description":"später"}';

test.each([
  ['gzip', gzipSync(TEXT)],
  ['GZip', gzipSync(TEXT)],
  ['x-gzip', gzipSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['deflate', deflateRawSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
  ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  ['identity', Buffer.from(TEXT)],
  ['identity, gzip', gzipSync(TEXT)],
  ['', Buffer.from(TEXT)],
])('%s is read', async (coding, bytes) => {
  const answer = await answered(bytes, [`content-encoding: ${coding}`]);
  expect(answer).toMatchObject({ kind: 'answered', httpStatus: 200, body: TEXT });
});

test('two codings in two header lines are read', async () => {
  const bytes = brotliCompressSync(gzipSync(TEXT));
  const answer = await answered(bytes, ['content-encoding: gzip', 'content-encoding: br']);
  expect(answer).toMatchObject({ kind: 'answered', body: TEXT });
});

test('an error is read too', async () => {
  const options = { status: '429 Too Many' };
  const answer = await answered(gzipSync('slow down'), ['content-encoding: gzip'], options);
  expect(answer).toMatchObject({ kind: 'answered', httpStatus: 429, body: 'slow down' });
});

test('an answer without a body is read as empty', async () => {
  const answer = await answered(Buffer.alloc(0), ['content-encoding: gzip']);
  expect(answer).toMatchObject({ kind: 'answered', body: '' });
});

test('a body as large as the limit is read', async () => {
  const text = 'x'.repeat(BODY_BYTES_MAX);
  const answer = await answered(gzipSync(text), ['content-encoding: gzip']);
  expect(answer).toMatchObject({ kind: 'answered', body: text });
});

const bomb = Buffer.alloc(BODY_BYTES_MAX + 1);
const stored = gzipSync(TEXT, { level: 0 });

test.each([
  ['a body larger than the limit once it is unpacked', 'gzip', gzipSync(bomb), 'body_too_large'],
  ['the same by brotli', 'br', brotliCompressSync(bomb), 'body_too_large'],
  ['the same in between', 'gzip, gzip', gzipSync(gzipSync(bomb)), 'body_too_large'],
  ['a body that ends too early', 'gzip', gzipSync(TEXT).subarray(0, 20), 'body_cut'],
  ['a body with a wrong sum', 'gzip', stored.fill(0, stored.length - 8), 'malformed'],
  ['a plain body that is said to be packed', 'gzip', Buffer.from(TEXT), 'malformed'],
  ['a coding that is unknown and was not asked for', 'zstd', Buffer.from(TEXT), 'malformed'],
  ['a word of every object', 'constructor', Buffer.from(TEXT), 'malformed'],
  ['three codings', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(TEXT))), 'malformed'],
])('%s is unknown', async (_name, coding, bytes, cause) => {
  const answer = await answered(bytes, [`content-encoding: ${coding}`]);
  expect(answer).toMatchObject({ kind: 'unknown', cause, httpStatus: 200 });
});
