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
