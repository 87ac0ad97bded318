import { describe, expect, it } from 'vitest';
import { callerOf } from '../../../src/http/plugins/api-keys.ts';
import { bearer, createBareServer, READER, WRITER } from '../bare-server.ts';

const { server, lines } = createBareServer();
server.post('/v1/things', { config: { scope: 'payouts:write' } }, (request) => callerOf(request));
server.get('/v1/things', { config: { scope: 'payouts:read' } }, (request) => callerOf(request));
server.get('/open', (request) => ({ caller: request.caller }));

const get = (headers: Record<string, string>) =>
  server.inject({ method: 'GET', url: '/v1/things', headers });

describe('a route with a scope', () => {
  it('knows the caller by its key', async () => {
    const reply = await get(bearer(WRITER));
    expect(reply.json()).toEqual({
      name: 'writer',
      scopes: ['payouts:read', 'payouts:write'],
      release: 'on_authorization',
    });
    expect((await get({ authorization: `bearer  ${READER}` })).json()).toMatchObject({
      name: 'reader',
    });
  });

  it.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['no key', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${READER}` }],
    ['an unknown key', bearer('stranger')],
    ['a key and more', bearer(`${READER} x`)],
    ['a key with another case', bearer(READER.toUpperCase())],
    ['the hash of a key', bearer('a'.repeat(64))],
    ['a very long key', bearer('k'.repeat(5_000))],
  ])('answers 401 to %s', async (_what, headers) => {
    const reply = await get(headers);
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer');
    expect(reply.json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('answers 403 to a key without the scope, before it reads the body', async () => {
    const headers = { ...bearer(READER), 'content-type': 'application/json' };
    const reply = await server.inject({ method: 'POST', url: '/v1/things', headers, payload: '{' });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({
      code: 'FORBIDDEN_SCOPE',
      detail: 'This key lacks the scope payouts:write.',
    });
  });

  it('logs the name of a key and never the key', async () => {
    await get(bearer(READER));
    await get(bearer('stranger-in-clear'));
    const log = lines.join('');
    expect(log).toContain('"keyName":"reader"');
    expect(log).not.toContain('in-clear');
  });
});

describe('a route without a scope', () => {
  it('asks for no key', async () => {
    expect((await server.inject({ method: 'GET', url: '/open' })).json()).toEqual({ caller: null });
  });

  it('cannot lie below /v1/', () => {
    const fresh = createBareServer().server;
    expect(() => fresh.get('/v1/forgotten', () => 'x')).toThrow('/v1/forgotten names no scope');
  });
});

describe('wrong keys without end', () => {
  let now = 0;
  let limited = 0;
  const { server: guarded } = createBareServer({
    monotonic: () => now,
    onLimited: () => {
      limited += 1;
    },
    trustedProxies: ['10.0.0.1'],
  });
  guarded.get('/v1/things', { config: { scope: 'payouts:read' } }, () => ({}));
  guarded.get('/open', () => ({}));

  const send = (key: string | null, address: string, url = '/v1/things') =>
    guarded.inject({
      method: 'GET',
      url,
      headers: key === null ? {} : bearer(key),
      remoteAddress: address,
    });
  const codesOf = async (count: number, key: string | null, address: string) => {
    const codes: Record<number, number> = {};
    for (let index = 0; index < count; index += 1) {
      const { statusCode } = await send(key, address);
      codes[statusCode] = (codes[statusCode] ?? 0) + 1;
    }
    return codes;
  };

  it('3000 are limited by address and counted, and a right one is not compared then', async () => {
    limited = 0;
    expect(await codesOf(3000, 'guess', '192.0.2.66')).toEqual({ 401: 30, 429: 2970 });
    expect(limited).toBe(2970);
    const reply = await send(READER, '192.0.2.66');
    expect(reply.statusCode).toBe(429);
    expect(Number(reply.headers['retry-after'])).toBe(60);
    expect(reply.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await send(null, '192.0.2.66', '/open')).statusCode).toBe(200);
    expect((await send(READER, '192.0.2.67')).statusCode).toBe(200);
    now += 60_000;
    expect((await send(READER, '192.0.2.66')).statusCode).toBe(200);
  });

  it('do not shut out a right one from an address that had one before', async () => {
    expect(await codesOf(1, READER, '192.0.2.7')).toEqual({ 200: 1 });
    expect(await codesOf(100, 'guess', '192.0.2.7')).toEqual({ 401: 30, 429: 70 });
    expect(await codesOf(5, READER, '192.0.2.7')).toEqual({ 200: 5 });
  });

  it('and requests without a key count alike', async () => {
    expect(await codesOf(31, null, '192.0.2.8')).toEqual({ 401: 30, 429: 1 });
  });

  it('are counted by the client behind a trusted proxy, whatever port it says', async () => {
    const codes: number[] = [];
    for (let index = 0; index <= 30; index += 1) {
      const forwarded = `198.51.100.${index}, "192.0.2.9:${50_000 + index}"`;
      const reply = await guarded.inject({
        method: 'GET',
        url: '/v1/things',
        headers: { ...bearer('guess'), 'x-forwarded-for': forwarded },
        remoteAddress: '10.0.0.1',
      });
      codes.push(reply.statusCode);
    }
    expect([codes[29], codes[30]]).toEqual([401, 429]);
    expect((await send(READER, '10.0.0.1')).statusCode).toBe(200);
  });

  it('of clients whose address is unknown are counted together, whatever they write', async () => {
    const from = (key: string, forwarded: string) =>
      guarded.inject({
        method: 'GET',
        url: '/v1/things',
        headers: { ...bearer(key), 'x-forwarded-for': forwarded },
        remoteAddress: '10.0.0.1',
      });
    const guess = async (count: number) => {
      const codes: Record<number, number> = {};
      for (let index = 0; index < count; index += 1) {
        const { statusCode } = await from('guess', `unknown-${index}`);
        codes[statusCode] = (codes[statusCode] ?? 0) + 1;
      }
      return codes;
    };
    expect(await guess(40)).toEqual({ 401: 30, 429: 10 });
    // It shuts out no client that the same proxy says the address of.
    expect((await from(READER, '192.0.2.10')).statusCode).toBe(200);
    expect((await from(READER, 'unknown-key')).statusCode).toBe(429);
    now += 60_000;
    // A right key from one of them keeps the way open for the others, as for any shared address.
    expect((await from(READER, 'unknown-key')).statusCode).toBe(200);
    expect(await guess(40)).toEqual({ 401: 30, 429: 10 });
    expect((await from(READER, 'unknown-key')).statusCode).toBe(200);
  });

  it('of one IPv6 network are counted together', async () => {
    const codes: number[] = [];
    for (let index = 0; index <= 30; index += 1) {
      codes.push((await send('guess', `2001:db8:1:2::${index}`)).statusCode);
    }
    expect([codes[29], codes[30]]).toEqual([401, 429]);
  });
});
