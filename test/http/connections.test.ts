/** What load balancers and probes meet on a connection: how long it stays, and a missing Host. */

import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBareServer } from './bare-server.ts';

const { server } = createBareServer({ keepAliveMs: 600_000 });
server.get('/health/live', () => ({ status: 'ok' }));
server.get('/open', () => ({}));

beforeAll(async () => {
  await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

/** Sends a request as it is, and answers with the first bytes that come back. */
const send = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = server.server.address() as AddressInfo;
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });

it('an idle connection stays open for as long as it is set', async () => {
  const answer = await send('GET /open HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(answer.toLowerCase()).toContain('keep-alive: timeout=600\r\n');
});

describe('a request by HTTP/1.1 without Host', () => {
  it.each(['GET', 'HEAD'])('by %s is answered where it is a probe', async (method) => {
    expect(await send(`${method} /health/live HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('is a problem that says so elsewhere', async () => {
    const answer = await send('GET /open HTTP/1.1\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request/);
    expect(answer).toContain('"code":"MALFORMED_REQUEST"');
    expect(answer).toContain('The header Host is missing.');
  });

  it('by HTTP/1.0 needs none', async () => {
    expect(await send('GET /open HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK/);
  });
});
