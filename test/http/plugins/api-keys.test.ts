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
