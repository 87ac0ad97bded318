import { describe, expect, it } from 'vitest';
import { createBareServer } from '../bare-server.ts';

const { server, lines } = createBareServer();
server.get('/id', (request) => ({ id: request.id }));

const ask = (headers: Record<string, string> = {}) =>
  server.inject({ method: 'GET', url: '/id?account=canary', headers });

describe('the id of a request', () => {
  it("is the caller's own where it is harmless", async () => {
    const reply = await ask({ 'x-request-id': 'Order_1.2-3' });
    expect(reply.headers['x-request-id']).toBe('Order_1.2-3');
    expect(reply.json()).toEqual({ id: 'Order_1.2-3' });
  });

  it.each(['', 'a b', 'a"b', 'a,b', 'ä', 'x'.repeat(65)])('is a new one for %j', async (given) => {
    const reply = await ask({ 'x-request-id': given });
    expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    '4111111111111111',
    'order-4111111111111111',
    '4111-1111-1111-1111',
    '4111.1111.1111.1111',
    '5555_5555_5555_4444',
  ])('is a new one for %s, which has a card number in it', async (given) => {
    lines.length = 0;
    const reply = await ask({ 'x-request-id': given });
    expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines.join('')).not.toContain(given);
  });

  it.each(['1764388800123', '4111111111111112', '20260130-123456', '2e9c1b6a-7d2f-4f0e-9a51'])(
    "is the caller's own for %s",
    async (given) => {
      const reply = await ask({ 'x-request-id': given });
      expect(reply.headers['x-request-id']).toBe(given);
    },
  );

  it.each([
    ['/nowhere/4111111111111111', '/nowhere/[card]'],
    ['/nowhere/4111-1111-1111-1111/timeline', '/nowhere/[card]/timeline'],
    ['/nowhere/%34111111111111111', '/nowhere/[card]'],
    ['/nowhere/4111111111111112', '/nowhere/4111111111111112'],
  ])('is logged with the path %s as %s', async (url, path) => {
    lines.length = 0;
    await server.inject({ method: 'GET', url });
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ path })]);
  });

  it('is in the one line that is logged, with the path and without its query', async () => {
    lines.length = 0;
    await ask({ 'x-request-id': 'logged' });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        requestId: 'logged',
        method: 'GET',
        path: '/id',
        httpStatus: 200,
        durationMs: expect.any(Number),
      }),
    ]);
    expect(lines.join('')).not.toContain('canary');
  });
});
