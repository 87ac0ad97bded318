/**
 * The service behind a proxy that serves it below a path: every address that it hands out leads
 * through the proxy. The proxy is a real one, which takes the path away as nginx and Traefik do.
 */

import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiClient, createApiClient, payoutBody } from '../../support/api-client.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

const PREFIX = '/pay/outs';

/** Serves one address below a path; anything else at the proxy is another program's. */
async function startProxy() {
  const paths: string[] = [];
  let target = '';
  const proxy = http.createServer((request, response) => {
    const { url = '', method, headers } = request;
    paths.push(url);
    if (!url.startsWith(`${PREFIX}/`)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('another program');
      return;
    }
    const upstream = http.request(`${target}${url.slice(PREFIX.length)}`, { method, headers });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Every path that was asked for. */
    paths,
    forwardTo: (url: string) => void (target = url),
    close: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

let proxy: Awaited<ReturnType<typeof startProxy>>;
let service: RunningService;
let api: ApiClient;
beforeAll(async () => {
  proxy = await startProxy();
  const PUBLIC_BASE_URL = `${proxy.origin}${PREFIX}`;
  service = await startRunningService({ environment: { PUBLIC_BASE_URL } });
  proxy.forwardTo(service.url);
  api = createApiClient(PUBLIC_BASE_URL, service.secrets.apiKey);
});
afterAll(async () => {
  await service.close();
  await proxy.close();
});

/** Follows an address as a client does that has found it at `from`. */
const follow = (address: string, from = `${PREFIX}/`) =>
  fetch(new URL(address, `${proxy.origin}${from}`), {
    headers: { authorization: `Bearer ${service.secrets.apiKey}` },
    redirect: 'manual',
  });

const send = (body: object, key: string) =>
  api.send<Record<string, string>>('POST', '/v1/payouts', {
    body,
    headers: { 'idempotency-key': key },
  });

test('the callbacks of the gateway come through it, and payouts end', async () => {
  const { id } = await api.create();
  await api.untilStatus(id, 'approved');
  expect(proxy.paths.some((path) => path.startsWith(`${PREFIX}/callbacks/payneteasy/`))).toBe(true);
});

test('Location of a create, and of its repeat, leads to the payout', async () => {
  const body = payoutBody();
  for (const attempt of [1, 2]) {
    const { status, headers, body: created } = await send(body, 'located');
    expect([attempt, status]).toEqual([attempt, 201]);
    const location = headers.get('location') ?? '';
    expect(location).toBe(`${PREFIX}/v1/payouts/${created['id']}`);
    expect(await (await follow(location)).json()).toMatchObject({ id: created['id'] });
  }
});

test('a problem leads to its page, its payout and its own address', async () => {
  const first = await api.create();
  const { reference } = first;
  const { status, headers, body } = await send(payoutBody({ reference }), 'another');
  expect([status, body['code']]).toEqual([409, 'REFERENCE_TAKEN']);
  expect(body['instance']).toBe(`${PREFIX}/v1/payouts`);
  const page = await follow(body['type'] ?? '');
  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ]);
  const [, link = ''] = /^<(.+)>; rel="related"$/.exec(headers.get('link') ?? '') ?? [];
  for (const address of [link, body['payout'] ?? '']) {
    expect(await (await follow(address)).json()).toMatchObject({ id: first.id });
  }
});

describe('the type of a problem', () => {
  test.each([
    ['a wrong key', '/v1/payouts', { authorization: 'Bearer wrong' }],
    ['no route', '/v1/nothing', {}],
    ['an address that is no URL', '/v1/payouts/%zz', {}],
    ['an address that is too long', `/v1/payouts/${'x'.repeat(200)}`, {}],
  ])('leads to its page: %s', async (_what, path, headers) => {
    const response = await fetch(`${proxy.origin}${PREFIX}${path}`, { headers });
    const { type, status } = (await response.json()) as { type: string; status: number };
    expect(status).toBeGreaterThanOrEqual(400);
    expect((await follow(type)).status).toBe(200);
  });

  test('leads to its page: what Node cannot read as HTTP', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = net.connect(Number(port), hostname);
    socket.end('GET /v1/pay outs HTTP/1.1\r\nhost: x\r\n\r\n');
    const text = (await socket.setEncoding('utf8').toArray()).join('');
    const { type } = JSON.parse(text.slice(text.indexOf('{'))) as { type: string };
    expect((await follow(type)).status).toBe(200);
  });
});

describe('the document', () => {
  test.each(['/openapi.json', '/docs/json'])('%s names a server that is this one', async (path) => {
    const document = await (await follow(`.${path}`)).json();
    const [{ url }] = (document as { servers: [{ url: string }] }).servers;
    expect(url).toBe(PREFIX);
    expect((await follow(`${url}/health/ready`)).status).toBe(200);
  });
});

describe('a page', () => {
  test.each([
    '/docs',
    '/docs/',
    '/docs/problems/internal',
    '/returns/payneteasy/po_x',
    '/returns/payneteasy/po_x/',
    '//Returns/payneteasy/po_x',
  ])('%s loads and links only what is there', async (path) => {
    const response = await follow(`${PREFIX}${path}`);
    const url = `${proxy.origin}${PREFIX}${path}`;
    const { document } = new JSDOM(await response.text(), { url }).window;
    const addresses = [...document.querySelectorAll('[href], [src]')].map(
      (element) => element.getAttribute('href') ?? element.getAttribute('src') ?? '',
    );
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) {
      expect([address, (await follow(address, `${PREFIX}${path}`)).status]).toEqual([address, 200]);
    }
  });

  test('of Swagger UI is redirected to inside', async () => {
    const response = await follow('docs/static/index.html');
    expect([
      response.status,
      (await follow(response.headers.get('location') ?? '')).status,
    ]).toEqual([302, 200]);
  });
});
