/**
 * METRICS_PORT: metrics and documentation leave the port of the API for one of their own, which has
 * the same limits and headers, and stops with it. Without the variable they are where they were.
 */

import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/dev/sandbox/sandbox.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

const MOVED = ['/metrics', '/docs', '/docs/json', '/openapi.json'];
const STAY = ['/health/live', '/health/ready', '/docs/problems/internal'];

let service: RunningService;
let inside: string;
beforeAll(async () => {
  const port = await freePort(0);
  inside = `http://127.0.0.1:${port}`;
  service = await startRunningService({ environment: { METRICS_PORT: String(port) } });
});
afterAll(() => service.close());

const status = async (url: string): Promise<number> => (await fetch(url)).status;

test.each(MOVED)('%s is there, and no longer with the API', async (path) => {
  expect(await status(`${inside}${path}`)).toBe(200);
  const response = await fetch(`${service.url}${path}`);
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { code: 'ROUTE_NOT_FOUND' },
  ]);
});

test.each(STAY)('%s stays with the API', async (path) => {
  expect(await status(`${service.url}${path}`)).toBe(200);
});

test.each(['/v1/payouts', '/health/ready', '/health/live', '/UpdatePayout'])(
  '%s is not there',
  async (path) => expect(await status(`${inside}${path}`)).toBe(404),
);

test('the metrics are those of the API', async () => {
  await fetch(`${service.url}/health/live`);
  const text = await (await fetch(`${inside}/metrics`)).text();
  expect(text).toMatch(/http_requests_total\{.*route="\/health\/live".*\} [1-9]/);
  expect(await (await fetch(`${inside}/metrics`)).text()).toMatch(
    /http_requests_total\{.*route="\/metrics".*\} [1-9]/,
  );
});

test('the document names the public address, and the page sends nothing', async () => {
  const { servers, paths } = (await (await fetch(`${inside}/openapi.json`)).json()) as {
    servers: { url: string }[];
    paths: object;
  };
  expect(servers.map(({ url }) => url)).toEqual([service.url]);
  expect(paths).toHaveProperty('/v1/payouts');
  const script = await (await fetch(`${inside}/docs/static/swagger-initializer.js`)).text();
  expect(script).toContain('"supportedSubmitMethods":[]');
});

test('the headers and limits are those of the API', async () => {
  const names = ['x-content-type-options', 'referrer-policy', 'content-security-policy'];
  const [here, there] = await Promise.all(
    [inside, service.url].map(async (origin) => {
      const { headers, status: httpStatus } = await fetch(`${origin}/nothing`);
      return [httpStatus, ...names.map((name) => headers.get(name))];
    }),
  );
  expect(here).toEqual(there);
  const tooLong = { body: 'x'.repeat(70_000), method: 'POST' };
  expect((await fetch(`${inside}/metrics`, tooLong)).status).toBe(405);
  expect(await status(`${inside}/${'x'.repeat(20_000)}`)).toBe(431);
});

describe('a stop', () => {
  test('drains and ends both listeners', async () => {
    const port = await freePort(0);
    const other = await startRunningService({ environment: { METRICS_PORT: String(port) } });
    other.leave();
    for (const url of [`http://127.0.0.1:${port}/metrics`, `${other.url}/health/live`]) {
      // The last scrapes still come, each over a connection of its own.
      const { status: httpStatus, headers } = await fetch(url);
      expect([httpStatus, headers.get('connection')]).toEqual([200, 'close']);
    }
    await other.close();
    for (const each of [port, Number(new URL(other.url).port)]) {
      const refused = await new Promise((resolve) => {
        net
          .connect(each, '127.0.0.1')
          .on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect(refused).toBe('ECONNREFUSED');
    }
  });
});

test('without the variable they are on the port of the API', async () => {
  const other = await startRunningService();
  for (const path of [...MOVED, ...STAY]) {
    expect([path, await status(`${other.url}${path}`)]).toEqual([path, 200]);
  }
  const document = (await (await fetch(`${other.url}/openapi.json`)).json()) as {
    servers: { url: string }[];
  };
  expect(document.servers.map(({ url }) => url)).toEqual(['/']);
  await other.close();
});
