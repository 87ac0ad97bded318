/**
 * What others send almost as it should be: another spelling of a path, a compressed body, a
 * callback that is no HTTP. It is taken, or refused in the route's own form, and never goes unseen.
 */

import net, { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CashierApp, OPERATOR_KEY } from '../../support/cashier-app.ts';
import { ENDPOINT } from '../../support/driven-endpoint.ts';
import { createGatewayApp, type GatewayApp } from '../../support/gateway-app.ts';
import { storyIn } from '../../support/payouts.ts';

let gateway: GatewayApp;
let service: CashierApp;
let callbacks: string[] = [];
let limited: string[] = [];

beforeAll(async () => {
  gateway = await createGatewayApp({
    callback: (outcome) => void callbacks.push(outcome),
    limited: (route) => void limited.push(route),
  });
  ({ service } = gateway);
  await service.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => gateway.close());

/** Every test begins with no address limited and nothing counted. */
beforeEach(() => {
  service.clock.advance(3_600_000);
  [callbacks, limited] = [[], []];
});

const FORM = 'application/x-www-form-urlencoded';
const PAIR = { Status: 1, Description: expect.stringMatching(/^[ -~]{1,200}$/) };

async function cancelBy(url: string) {
  const { id, reference } = await service.put(storyIn.bank_confirmed().payout);
  const answer = await service.server.inject({
    method: 'POST',
    url,
    payload: { PIN: '7', FrontEndName: 'TEST EUR', ExtPayoutID: reference, Status: 'C' },
  });
  return { answer, status: (await service.payout(id)).status };
}

const kept = (id: string) =>
  service.database.query('select source from callbacks where payout_id = $1', [id]);

describe('the cashier’s path', () => {
  it.each([
    '/UpdatePayout',
    '/UpdatePayout/',
    '//UpdatePayout',
    '/updatepayout',
    '/UPDATEPAYOUT//',
    '/UpdatePayout/?x=1',
    '/CreatePayout/',
    '//createpayout',
  ])('as %s is taken', async (url) => {
    const { answer, status } = await cancelBy(url);
    expect([answer.statusCode, answer.json().Status, status]).toEqual([200, 0, 'canceled']);
  });

  it.each([
    ['PUT', '/updatepayout/', 405],
    ['GET', '//UpdatePayout', 405],
    ['POST', '//updatepayout/7', 404],
  ] as const)('by %s as %s is answered %d with the pair', async (method, url, httpStatus) => {
    const answer = await service.server.inject({ method, url });
    expect([answer.statusCode, answer.json()]).toEqual([httpStatus, PAIR]);
  });

  it.each(['/UpdatePayouts', '/v1//pause', '/V1/pause', '/v1/pause/', '/x/UpdatePayout'])(
    'is not %s, which stays as exact as it was',
    async (url) => {
      const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
      const answer = await service.server.inject({ method: 'GET', url, headers });
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    },
  );

  it('is logged as it was sent', async () => {
    await cancelBy('//updatepayout/?secret=1');
    expect(service.logLines.some((line) => line.includes('"path":"//updatepayout/"'))).toBe(true);
    expect(service.logLines.join('')).not.toContain('secret=1');
  });
});

describe('the gateway’s paths', () => {
  it.each([
    `/callbacks/payneteasy/${ENDPOINT}/`,
    `//callbacks//payneteasy/${ENDPOINT}`,
    `/Callbacks/PayNetEasy/${ENDPOINT}//`,
  ])('%s takes a callback', async (path) => {
    for (const method of ['GET', 'POST'] as const) {
      const { id, signed: fields } = await gateway.createSigned();
      const form = new URLSearchParams(fields).toString();
      const answer = await service.server.inject(
        method === 'GET'
          ? { method, url: `${path}?${form}` }
          : { method, url: path, headers: { 'content-type': FORM }, payload: form },
      );
      expect([answer.statusCode, answer.body]).toEqual([200, 'OK']);
      expect(await kept(id)).toEqual([{ source: 'callback' }]);
    }
    expect(callbacks).toEqual(['stored', 'stored']);
  });

  it('take the receiver back with a slash at the end', async () => {
    const { id, signed: fields } = await gateway.createSigned();
    const answer = await service.server.inject({
      method: 'POST',
      url: `//returns/payneteasy/${id}/`,
      headers: { 'content-type': FORM },
      payload: new URLSearchParams(fields).toString(),
    });
    expect(answer.statusCode).toBe(200);
    expect(await kept(id)).toEqual([{ source: 'return' }]);
  });

  it('keep the name of an endpoint as it is', async () => {
    const url = `/callbacks/payneteasy/${ENDPOINT.toUpperCase()}/`;
    const answer = await service.server.inject({ method: 'GET', url });
    expect([answer.statusCode, answer.body]).toEqual([403, 'Forbidden']);
    expect(callbacks).toEqual(['refused']);
  });
});

describe('a compressed body', () => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

  it.each(['gzip', 'GZIP', 'br', 'x', 'gzip, identity'])(
    '(%s) for the API is a clear 415',
    async (coding) => {
      const answer = await service.server.inject({
        method: 'POST',
        url: '/v1/pause',
        headers: {
          authorization: `Bearer ${OPERATOR_KEY}`,
          'content-type': 'application/json',
          'content-encoding': coding,
        },
        payload: gzipSync('{"name":"anna"}'),
      });
      expect(answer.statusCode).toBe(415);
      expect(answer.headers['accept-encoding']).toBe('identity');
      expect(answer.json()).toMatchObject({
        code: 'UNSUPPORTED_MEDIA_TYPE',
        detail: expect.stringContaining('Content-Encoding'),
      });
    },
  );

  it('is read where it is only said to be as it is', async () => {
    const answer = await service.server.inject({
      method: 'POST',
      url: '/v1/pause',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-encoding': 'identity' },
      payload: { name: 'anna' },
    });
    expect(answer.statusCode).toBe(200);
  });

  it('for the cashier is a 415 with the pair', async () => {
    const answer = await service.server.inject({
      method: 'POST',
      url: '/UpdatePayout',
      headers,
      payload: gzipSync('{}'),
    });
    expect([answer.statusCode, answer.json()]).toEqual([
      415,
      { Status: 1, Description: expect.stringContaining('Content-Encoding') },
    ]);
  });

  it('for a callback is a 415 in plain text, counted and warned of', async () => {
    const before = service.logLines.length;
    const answer = await service.server.inject({
      method: 'POST',
      url: `/callbacks/payneteasy/${ENDPOINT}`,
      headers: { 'content-type': FORM, 'content-encoding': 'gzip' },
      payload: gzipSync('status=approved'),
    });
    expect([answer.statusCode, answer.body]).toEqual([415, 'Unsupported media type']);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(callbacks).toEqual(['refused']);
    const warned = service.logLines.slice(before).filter((line) => line.includes('"unreadable"'));
    expect(warned).toHaveLength(1);
  });
});

describe('a callback that is no HTTP', () => {
  /** Sends bytes as they are, and answers with what comes back. */
  const sendRaw = (bytes: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = service.server.server.address() as AddressInfo;
      const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  const requestOf = (target: string): Buffer =>
    Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`, 'latin1');
  const PATH = `/callbacks/payneteasy/${ENDPOINT}`;

  it.each([
    ['a raw blank', `${PATH}?status=approved&name=Jane Secret&control=1`],
    ['raw Latin-1', `${PATH}?status=approved&name=J\xfcrgen&control=1`],
    ['a raw blank behind another spelling', `//Callbacks/payneteasy/${ENDPOINT}/?name=Jane Secret`],
  ])('for %s in its query is refused, counted and warned of', async (_name, target) => {
    const before = service.logLines.length;
    expect(await sendRaw(requestOf(target))).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    await vi.waitFor(() => expect(callbacks).toEqual(['refused']), 5000);
    const lines = service.logLines.slice(before);
    const warned = lines.filter((line) => line.includes('A callback was refused.'));
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('"cause":"unreadable"');
    expect(lines.join('')).not.toMatch(/Secret|rgen/);
  });

  it('a hundred times is limited by its address, as wrong signatures are', async () => {
    for (let index = 0; index < 100; index += 1) await sendRaw(requestOf(`${PATH}?a=b c`));
    expect([callbacks.length, limited.length]).toEqual([30, 70]);
    // A genuine one from the same address is not.
    const { id, signed: fields } = await gateway.createSigned();
    const url = `${PATH}?${new URLSearchParams(fields).toString()}`;
    const answer = await service.server.inject({ method: 'GET', url, remoteAddress: '127.0.0.1' });
    expect([answer.statusCode, await kept(id)]).toEqual([200, [{ source: 'callback' }]]);
  });

  it('is not what another request was meant as', async () => {
    await sendRaw(requestOf('/v1/payouts?reference=a b'));
    await sendRaw(requestOf(`/x${PATH}?a=b c`));
    expect(callbacks).toEqual([]);
  });
});

describe('a receiver who comes back otherwise than by the form', () => {
  const RETURN_URL = 'https://shop.example/done?order=1';

  /** A payout on its way, with a return address or without, and what the gateway signs of it. */
  async function createReturn(returnUrl: string | null) {
    const { id, signed: fields } = await gateway.createSigned();
    await service.database.query('update payouts set return_url = $2 where id = $1', [
      id,
      returnUrl,
    ]);
    return { id, fields, before: await service.payout(id) };
  }

  const open = (method: 'GET' | 'HEAD', id: string, fields: object | null) =>
    service.server.inject({
      method,
      url: `/returns/payneteasy/${id}`,
      ...(fields === null ? {} : { query: { ...fields } }),
    });

  it.each(['GET', 'HEAD'] as const)('by %s, signed, is sent on, also again', async (method) => {
    const { id, fields, before } = await createReturn(RETURN_URL);
    for (let times = 0; times < 3; times += 1) {
      const answer = await open(method, id, fields);
      expect([answer.statusCode, answer.headers['location']]).toEqual([303, RETURN_URL]);
    }
    expect((await service.payout(id)).status).toBe(before.status);
    expect(await kept(id)).toEqual([{ source: 'return' }]);
  });

  it('by GET, signed and without a return address, is thanked', async () => {
    const { id, fields } = await createReturn(null);
    const answer = await open('GET', id, fields);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('Thank you');
  });

  it.each([
    ['without anything', null],
    ['with an unsigned query', { status: 'approved', control: '0'.repeat(40) }],
  ])('by GET %s is shown a friendly page, and decides nothing', async (_name, fields) => {
    const { id, before } = await createReturn(RETURN_URL);
    const answer = await open('GET', id, fields);
    expect([answer.statusCode, answer.headers['location']]).toEqual([200, undefined]);
    expect(answer.body).toContain('This does not change your payout.');
    expect((await open('HEAD', id, fields)).statusCode).toBe(200);
    expect(await service.payout(id)).toEqual(before);
    expect(await kept(id)).toEqual([]);
  });

  it('reloads the form three times and is sent on each time', async () => {
    const { id, fields, before } = await createReturn(RETURN_URL);
    for (let times = 0; times < 3; times += 1) {
      const answer = await service.server.inject({
        method: 'POST',
        url: `/returns/payneteasy/${id}`,
        headers: { 'content-type': FORM },
        payload: new URLSearchParams(fields).toString(),
      });
      expect([answer.statusCode, answer.headers['location']]).toEqual([303, RETURN_URL]);
    }
    expect((await service.payout(id)).status).toBe(before.status);
    expect(await kept(id)).toEqual([{ source: 'return' }]);
  });
});
