/**
 * What create refuses: each problem names every field that is wrong, and nothing is left behind.
 */

import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../../support/api-client.ts';
import { API_KEYS, as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService({
    environment: { API_KEYS, PRAXIS_NOTIFY_URL: 'http://127.0.0.1:9/UpdatePayout' },
  });
});
afterAll(() => service.close());

const cashier = { pin: '7', front_end_name: 'TEST EUR' };
const body = (changes: object = {}): object => payoutBody({ cashier, ...changes });

const create = (changes: object) => as(service.url, 'platform').create(body(changes), randomUUID());

const countRows = async (): Promise<unknown> =>
  (await service.database.query('select count(*) from payouts'))[0];

/** The fields that a validation problem names. */
const named = (problem: { errors?: { path: string }[] }): string[] =>
  (problem.errors ?? []).map(({ path }) => path);

const without = (name: string): object =>
  Object.fromEntries(Object.entries(body()).filter(([field]) => field !== name));

describe('a body that is not as it must be', () => {
  test.each([
    ['amount with too many decimals', { amount: '10.001' }, ['amount']],
    [
      'amount with decimals in a currency that has none',
      { amount: '10.5', currency: 'JPY' },
      ['amount'],
    ],
    ['amount 0', { amount: '0' }, ['amount']],
    ['amount 0.00', { amount: '0.00' }, ['amount']],
    ['a negative amount', { amount: '-1.00' }, ['amount']],
    ['an amount in words', { amount: 'ten' }, ['amount']],
    ['an amount with an exponent', { amount: '1e3' }, ['amount']],
    ['an amount that is a number', { amount: 10 }, ['amount']],
    ['an amount that is too long', { amount: '12345678901' }, ['amount']],
    ['an unknown currency', { currency: 'XXZ' }, ['currency']],
    ['a reference that is too long', { reference: 'r'.repeat(51) }, ['reference']],
    ['an empty reference', { reference: '' }, ['reference']],
    ['a description that is too long', { description: 'd'.repeat(65) }, ['description']],
    ['an unknown release', { release: 'later' }, ['release']],
    ['an unknown endpoint', { endpoint: 'elsewhere' }, ['endpoint']],
    ['an unknown field', { amuont: '1' }, ['amuont']],
    [
      'an unknown field of the receiver',
      { receiver: { phone: '1', iban: 'x' } },
      ['receiver.iban'],
    ],
    [
      'a CVV',
      { receiver: { card: { number: '4111111111111111', cvv: '123' } } },
      ['receiver.card.cvv'],
    ],
    ['no receiver', { receiver: {} }, ['receiver']],
    ['a name and no account', { receiver: { first_name: 'Ada' } }, ['receiver']],
    [
      'a card number that cannot be',
      { receiver: { card: { number: '4111111111111112' } } },
      ['receiver.card.number'],
    ],
    [
      'an account number that is too long',
      { receiver: { bank_account: { account_number: '1'.repeat(256) } } },
      ['receiver.bank_account.account_number'],
    ],
    ['a return address that is no address', { return_url: 'javascript:alert(1)' }, ['return_url']],
    [
      'no cashier although the platform is notified',
      { cashier: {} },
      ['cashier.pin', 'cashier.front_end_name'],
    ],
    [
      'metadata of 21 keys',
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v'])) },
      ['metadata'],
    ],
    [
      'several in one request',
      { amount: 'ten', currency: 'nope', receiver: 5 },
      ['amount', 'currency', 'receiver'],
    ],
  ])('%s: names each field and leaves no row', async (_, changes, fields) => {
    const before = await countRows();
    const answer = await create(changes);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      code: 'VALIDATION_FAILED',
      status: 400,
      type: '/docs/problems/validation-failed',
      instance: '/v1/payouts',
      request_id: expect.any(String),
    });
    expect(named(answer.body).toSorted()).toEqual(fields.toSorted());
    expect(await countRows()).toEqual(before);
  });

  test.each(['reference', 'amount', 'currency', 'receiver'])(
    'without %s: names it and leaves no row',
    async (field) => {
      const before = await countRows();
      const answer = await as(service.url, 'platform').create(without(field), randomUUID());
      expect(answer.status).toBe(400);
      expect(named(answer.body)).toEqual([field]);
      expect(await countRows()).toEqual(before);
    },
  );

  test.each([
    ['nothing', ''],
    ['half of it', '{"reference": "r"'],
    ['text', 'pay Ada ten euros'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nested brackets', '['.repeat(10_000)],
  ])('that is %s instead of an object is refused', async (_, text) => {
    const before = await countRows();
    const answer = await as(service.url, 'platform')
      .post('/v1/payouts')
      .set({ 'idempotency-key': randomUUID(), 'content-type': 'application/json' })
      .send(text);
    expect(answer.status).toBe(400);
    expect(['MALFORMED_JSON', 'VALIDATION_FAILED']).toContain(answer.body.code);
    expect(await countRows()).toEqual(before);
  });

  test('of two megabytes is refused before it is read', async () => {
    const before = await countRows();
    const answer = await create({ description: 'd'.repeat(2 * 1024 * 1024) });
    expect(answer.status).toBe(413);
    expect(answer.body.code).toBe('BODY_TOO_LARGE');
    expect(await countRows()).toEqual(before);
  });

  test('that is a form is refused', async () => {
    const answer = await as(service.url, 'platform')
      .post('/v1/payouts')
      .set('idempotency-key', randomUUID())
      .type('form')
      .send({ reference: 'r' });
    expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  test('is never repeated in the answer', async () => {
    const canary = 'CANARY99887766554433';
    const answer = await create({
      receiver: { bank_account: { account_number: canary.repeat(20) } },
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain(canary);
  });
});

describe('who may create what', () => {
  test.each([
    ['no key', {}],
    ['a key that is not known', { authorization: 'Bearer unknown' }],
    ['another scheme', { authorization: 'Basic cGxhdGZvcm0ta2V5' }],
  ])('%s is answered 401 and leaves no row', async (_, headers) => {
    const before = await countRows();
    const answer = await request(service.url).post('/v1/payouts').set(headers).send(body());
    expect([answer.status, answer.body.code]).toEqual([401, 'UNAUTHORIZED']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(await countRows()).toEqual(before);
  });

  test('a key without the scope is answered 403', async () => {
    const answer = await as(service.url, 'reader').create(body(), randomUUID());
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN_SCOPE']);
  });

  test('a key that is held to authorizations creates payouts that need one', async () => {
    const careful = as(service.url, 'careful');
    const made = await careful.create(body(), randomUUID());
    expect(made.body).toMatchObject({
      release: 'on_authorization',
      authorization: { required: true, authorized_at: null },
    });
    const said = await careful.create(body({ release: 'on_authorization' }), randomUUID());
    expect(said.status).toBe(201);
    const refused = await careful.create(body({ release: 'automatic' }), randomUUID());
    expect([refused.status, refused.body.code]).toEqual([403, 'RELEASE_NOT_ALLOWED']);
  });
});

test('what the platform gave is given back, and the receiver only masked', async () => {
  const wanted = body({
    description: 'Rent',
    purpose: 'Private',
    return_url: 'https://shop.example/done',
    metadata: { any: 'text' },
    receiver: {
      first_name: 'Ada',
      last_name: 'Lovelace',
      email: 'ada@example.com',
      bank_account: { account_number: 'DE00123456780001', bank_name: 'Analytical Bank' },
    },
  });
  const made = await as(service.url, 'platform').create(wanted, randomUUID());
  expect(made.body).toMatchObject({
    description: 'Rent',
    purpose: 'Private',
    return_url: 'https://shop.example/done',
    metadata: { any: 'text' },
    cashier,
    amount: '10.00',
    currency: 'EUR',
    money_moved: 'no',
    final: false,
    attention: null,
    stalled: false,
  });
  expect(made.body.receiver.bank_account.bank_name).toBe('Analytical Bank');
  const shown = JSON.stringify(made.body);
  for (const secret of ['DE00123456780001', 'Lovelace', 'ada@example.com']) {
    expect(shown).not.toContain(secret);
  }
});
