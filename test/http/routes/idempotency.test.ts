/**
 * A create is taken once, however often and however fast it is repeated.
 */

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../../support/api-client.ts';
import { callsOf, paymentsOf } from '../../support/bank-orders.ts';
import { API_KEYS, as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService({ environment: { API_KEYS } });
});
afterAll(() => service.close());

const create = (body: object, key: string, caller: 'platform' | 'shop' = 'platform') =>
  as(service.url, caller).create(body, key);

const rowsOf = async (body: object): Promise<number> => {
  const reference = 'reference' in body ? body.reference : null;
  const rows = await service.database.query('select id from payouts where reference = $1', [
    reference,
  ]);
  return rows.length;
};

describe('the first request', () => {
  test('is answered 201 with the payout, its address and its version', async () => {
    const body = payoutBody();
    const answer = await create(body, randomUUID());
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ ...body, receiver: {}, status: 'requested', version: 1 });
    expect(answer.headers['location']).toBe(`/v1/payouts/${answer.body.id}`);
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    expect(await rowsOf(body)).toBe(1);
  });

  test('without a key is refused and leaves no row', async () => {
    const body = payoutBody();
    const answer = await as(service.url, 'platform').post('/v1/payouts').send(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('IDEMPOTENCY_KEY_MISSING');
    expect(await rowsOf(body)).toBe(0);
  });

  test.each([
    ['of 256 characters', 'k'.repeat(256)],
    ['with an open quote', '"half'],
    ['with a tab in it', 'a\tb'],
  ])('with a key %s is refused and leaves no row', async (_, key) => {
    const body = payoutBody();
    const answer = await create(body, key);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('IDEMPOTENCY_KEY_INVALID');
    expect(await rowsOf(body)).toBe(0);
  });

  test('with a key of 255 characters is taken', async () => {
    const key = randomUUID().padEnd(255, 'k');
    expect((await create(payoutBody(), key)).status).toBe(201);
  });
});

describe('the same key with the same body', () => {
  test('gets the first answer again, also after the payout has ended', async () => {
    const body = payoutBody();
    const key = randomUUID();
    const first = await create(body, key);
    const again = await create(body, key);
    expect(again.status).toBe(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(again.body).toEqual(first.body);

    await expect
      .poll(
        async () =>
          (await as(service.url, 'reader').get(`/v1/payouts/${first.body.id}`)).body.status,
        {
          timeout: 15_000,
        },
      )
      .toBe('approved');
    const late = await create(body, key);
    expect(late.body).toEqual(first.body);
  });

  test('is the same whether the key is quoted or bare, and in whatever order its names come', async () => {
    const body = payoutBody({ metadata: { a: '1', b: '2' } });
    const key = randomUUID();
    const first = await create(body, `"${key}"`);
    const reordered = Object.fromEntries(Object.entries(body).toReversed());
    const again = await create(reordered, key);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body.id).toBe(first.body.id);
  });

  test('fifty times at the same time creates one payout, which is paid once', async () => {
    const body = payoutBody();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(body, key)));
    const taken = answers.filter(({ status }) => status === 201);
    // One that met an uncommitted first request may be told to come back.
    const rest = answers.filter(({ status }) => status !== 201);
    for (const { status, body: problem, headers } of rest) {
      expect([status, problem.code]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(new Set(taken.map((answer) => answer.body.id)).size).toBe(1);
    expect(
      taken.filter(({ headers }) => headers['idempotency-replayed'] === undefined),
    ).toHaveLength(1);
    expect(await rowsOf(body)).toBe(1);
    const id = String(taken[0]?.body.id);
    await expect.poll(() => paymentsOf(service.simulator, id), { timeout: 15_000 }).toBe(1);
    const pays = callsOf(service.simulator, id).filter((call) => call === 'payout-pay');
    expect(pays).toHaveLength(1);
  });
});

describe('a key or a reference that is taken', () => {
  test('the same key with another body is refused with the address of the first', async () => {
    const key = randomUUID();
    const first = await create(payoutBody(), key);
    const other = payoutBody();
    const answer = await create(other, key);
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(answer.body.payout).toBe(`/v1/payouts/${first.body.id}`);
    expect(await rowsOf(other)).toBe(0);
  });

  test('the same key with one digit of the card changed is another body', async () => {
    const reference = randomUUID();
    const withCard = (number: string) => payoutBody({ reference, receiver: { card: { number } } });
    const key = randomUUID();
    expect((await create(withCard('4111111111111111'), key)).status).toBe(201);
    expect((await create(withCard('4012888888881881'), key)).status).toBe(422);
  });

  test('the same key of another caller is another key', async () => {
    const key = randomUUID();
    const first = await create(payoutBody(), key, 'platform');
    const second = await create(payoutBody(), key, 'shop');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  test('another key with the same reference is refused with the address of the existing payout', async () => {
    const body = payoutBody();
    const first = await create(body, randomUUID());
    const answer = await create(body, randomUUID());
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('REFERENCE_TAKEN');
    expect(answer.body.payout).toBe(`/v1/payouts/${first.body.id}`);
    expect(answer.headers['link']).toContain(`/v1/payouts/${first.body.id}`);
    expect(await rowsOf(body)).toBe(1);
  });

  test('a request that was refused leaves its key free', async () => {
    const key = randomUUID();
    expect((await create(payoutBody({ amount: '0' }), key)).status).toBe(400);
    expect((await create(payoutBody(), key)).status).toBe(201);
  });

  test('a first request that has not committed yet is distinguished from a repeat by 409', async () => {
    const body = payoutBody();
    const key = randomUUID();
    const client = new Client({ connectionString: service.database.connectionString });
    await client.connect();
    await client.query('begin');
    // An uncommitted row with the same reference, as the first request would hold it.
    const first = await create(payoutBody(), randomUUID());
    await client.query(
      `insert into payouts select (jsonb_populate_record(p, $2::jsonb)).* from payouts p where id = $1`,
      [
        first.body.id,
        JSON.stringify({
          id: 'po_0000000000000000000000000a',
          idempotency_key: key,
          reference: 'reference' in body ? body.reference : '',
          client_order_id: null,
          due_at: '2100-01-01T00:00:00Z',
        }),
      ],
    );
    const answer = await create(body, key);
    expect([answer.status, answer.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE']);
    expect(answer.headers['retry-after']).toBe('1');
    await client.query('rollback');
    await client.end();
    expect((await create(body, key)).status).toBe(201);
  });
});
