/**
 * What operators say over HTTP: resolve, acknowledge, pause and resume; who may, and in which form.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../../src/lib/api-key.ts';
import { payoutBody } from '../../support/api-client.ts';
import { paymentsOf } from '../../support/bank-orders.ts';
import { as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

const API_KEYS = JSON.stringify([
  { name: 'operator', sha256: hashApiKey('operator-key'), scopes: ['operator', 'payouts:read'] },
  {
    name: 'platform',
    sha256: hashApiKey('platform-key'),
    scopes: ['payouts:read', 'payouts:write', 'payouts:authorize'],
  },
]);

/** The result of this one's payment is unknown to the gateway itself. */
const RESULT_UNKNOWN = { amount: '10.04' };
const FINDING = { finding: 'paid', evidence: 'ticket 4711', name: 'Grace' };

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService({ environment: { API_KEYS } });
});
afterAll(() => service.close());

type Answer = { status: number; body: Record<string, unknown>; headers: Headers };

async function say(path: string, body?: object | string, headers: object = {}): Promise<Answer> {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer operator-key',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const parsed: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body: parsed, headers: response.headers };
}

const read = async (id: string) =>
  (await as(service.url, 'platform').get(`/v1/payouts/${id}`)).body;

async function inGatewayError(): Promise<string> {
  const { body } = await as(service.url, 'platform').create(
    payoutBody(RESULT_UNKNOWN),
    crypto.randomUUID(),
  );
  await expect
    .poll(async () => (await read(body.id)).attention?.code, { timeout: 15_000 })
    .toBe('gateway_error');
  return body.id;
}

describe('resolve', () => {
  test('ends the payout as the operator found, on top of a fresh answer', async () => {
    const id = await inGatewayError();
    expect((await read(id)).allowed_actions).toEqual(['resolve', 'acknowledge']);
    const answer = await say(`/v1/payouts/${id}/resolve`, FINDING);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'approved',
      money_moved: 'yes',
      reason: { source: 'operator', code: null, message: 'ticket 4711' },
      attention: null,
    });
    expect(answer.headers.get('etag')).toBe(`"${String(answer.body['version'])}"`);
  });

  test('is refused with the reason, and an outdated If-Match with 412', async () => {
    const id = await inGatewayError();
    const wrong = await say(`/v1/payouts/${id}/resolve`, { ...FINDING, finding: 'no_order' });
    expect(wrong.status).toBe(409);
    expect(wrong.body).toMatchObject({
      code: 'NOT_RESOLVABLE',
      detail: 'The gateway has an order for this payout.',
    });
    const stale = await say(`/v1/payouts/${id}/resolve`, FINDING, { 'if-match': '"1"' });
    expect(stale.status).toBe(412);
  });

  test.each([
    { body: {}, paths: ['finding', 'evidence', 'name'] },
    { body: { ...FINDING, finding: 'maybe' }, paths: ['finding'] },
    { body: { ...FINDING, evidence: '' }, paths: ['evidence'] },
    { body: { ...FINDING, evidence: 'e'.repeat(501) }, paths: ['evidence'] },
    { body: { ...FINDING, evidence: 'two\nlines' }, paths: ['evidence'] },
    { body: { ...FINDING, name: 'n'.repeat(101) }, paths: ['name'] },
    { body: { ...FINDING, other: 1 }, paths: ['other'] },
  ])('is refused with 400 for $paths', async ({ body, paths }) => {
    const answer = await say(`/v1/payouts/po_${'0'.repeat(26)}/resolve`, body);
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toEqual(paths.map((path) => expect.objectContaining({ path })));
  });

  test('of an unknown payout is answered 404', async () => {
    const answer = await say(`/v1/payouts/po_${'0'.repeat(26)}/resolve`, FINDING);
    expect(answer.status).toBe(404);
  });
});

describe('acknowledge', () => {
  test('needs no body, and takes the name of the key then', async () => {
    const id = await inGatewayError();
    const answer = await say(`/v1/payouts/${id}/attention/acknowledge`);
    expect(answer.status).toBe(200);
    expect(answer.body['attention']).toMatchObject({
      code: 'gateway_error',
      acknowledged_by: 'operator',
    });
    expect(answer.body['allowed_actions']).toEqual(['resolve']);
  });

  test('takes a name and one code', async () => {
    const id = await inGatewayError();
    const body = { name: 'Grace', code: 'gateway_error' };
    const answer = await say(`/v1/payouts/${id}/attention/acknowledge`, body);
    expect(answer.body['attention']).toMatchObject({ acknowledged_by: 'Grace' });
    const other = await say(`/v1/payouts/${id}/attention/acknowledge`, { code: 'slow' });
    expect(other.status).toBe(409);
    expect(other.body['code']).toBe('NOTHING_TO_ACKNOWLEDGE');
    const unknown = await say(`/v1/payouts/${id}/attention/acknowledge`, { code: 'nonsense' });
    expect(unknown.status).toBe(400);
  });
});

describe('pause and resume of a part', () => {
  test('hold the payouts that an API key has created, and are listed', async () => {
    const on = await say('/v1/pause', { api_key: 'platform', name: 'Grace', reason: 'stolen' });
    expect([on.status, on.body['paused']]).toEqual([200, false]);
    expect(on.body['partial']).toEqual([
      {
        scope: 'api_key',
        value: 'platform',
        by: 'Grace',
        key: 'operator',
        since: expect.any(String),
        reason: 'stolen',
      },
    ]);
    const { body } = await as(service.url, 'platform').create(payoutBody(), crypto.randomUUID());
    await expect
      .poll(async () => (await read(body.id)).attention?.code, { timeout: 15_000 })
      .toBe('paused');
    // That of all payments neither shows nor ends it.
    expect((await say('/v1/resume')).body['partial']).toEqual(on.body['partial']);
    expect(paymentsOf(service.simulator, body.id)).toBe(0);
    const off = await say('/v1/resume', { api_key: 'platform' });
    expect(off.body).toMatchObject({ paused: false, partial: [] });
    await expect
      .poll(async () => (await read(body.id)).status, { timeout: 15_000 })
      .toBe('approved');
  });

  test.each([
    [{ endpoint: 'defualt' }, 'endpoint'],
    [{ endpoint: '' }, 'endpoint'],
    [{ currency: 'EUE' }, 'currency'],
    [{ currency: 'eur' }, 'currency'],
    [{ api_key: 'two words' }, 'api_key'],
    [{ endpoint: 'default', currency: 'EUR' }, 'endpoint'],
    [{ key: 'platform' }, 'key'],
  ])('%j is refused, and pauses nothing', async (body, path) => {
    const answer = await say('/v1/pause', body);
    expect([answer.status, answer.body['code']]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ path })]);
    const told = await fetch(`${service.url}/v1/pause`, {
      headers: { authorization: 'Bearer operator-key' },
    });
    expect(await told.json()).toMatchObject({ paused: false, partial: [] });
  });
});

describe('pause and resume', () => {
  test('hold payments for all and bring the held ones forward', async () => {
    const on = await say('/v1/pause', { name: 'Grace', reason: 'wrong rates' });
    expect(on.status).toBe(200);
    expect(on.body).toMatchObject({ paused: true, by: 'Grace', reason: 'wrong rates' });
    const { body } = await as(service.url, 'platform').create(payoutBody(), crypto.randomUUID());
    await expect
      .poll(async () => (await read(body.id)).attention?.code, { timeout: 15_000 })
      .toBe('paused');
    const told = await fetch(`${service.url}/v1/pause`, {
      headers: { authorization: 'Bearer operator-key' },
    });
    expect(await told.json()).toEqual(on.body);
    expect(paymentsOf(service.simulator, body.id)).toBe(0);
    const off = await say('/v1/resume');
    expect(off.body).toMatchObject({ paused: false, by: 'operator', reason: null });
    await expect
      .poll(async () => (await read(body.id)).status, { timeout: 15_000 })
      .toBe('approved');
  });

  test('is refused with 400 for a body that is none of ours', async () => {
    expect((await say('/v1/pause', { until: 'tomorrow' })).status).toBe(400);
    expect((await say('/v1/pause', '{')).status).toBe(400);
  });

  test('takes an empty body of JSON as none', async () => {
    const { status, body } = await say('/v1/resume', '');
    expect({ status, paused: body['paused'] }).toEqual({ status: 200, paused: false });
  });
});

test.each([
  `/v1/payouts/po_${'0'.repeat(26)}/resolve`,
  `/v1/payouts/po_${'0'.repeat(26)}/attention/acknowledge`,
  '/v1/pause',
  '/v1/resume',
])('%s wants the scope operator', async (path) => {
  const headers = { authorization: 'Bearer platform-key' };
  expect((await say(path, FINDING, headers)).status).toBe(403);
  expect((await say(path, FINDING, { authorization: 'Bearer wrong' })).status).toBe(401);
});
