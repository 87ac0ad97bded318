/**
 * Reading payouts: one by its id, and pages that neither skip nor repeat.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../../support/api-client.ts';
import { API_KEYS, as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService({ environment: { API_KEYS } });
});
afterAll(() => service.close());

const get = (path: string) => as(service.url, 'reader').get(path);
const page = (query: Record<string, string>) =>
  get(`/v1/payouts?${new URLSearchParams(query).toString()}`);

const create = async (changes: object = {}): Promise<{ id: string; reference: string }> =>
  (await as(service.url, 'platform').create(payoutBody(changes), randomUUID())).body;

const untilStatus = (id: string, status: string) =>
  expect
    .poll(async () => (await get(`/v1/payouts/${id}`)).body.status, { timeout: 15_000 })
    .toBe(status);

type Item = { id: string; created_at: string };

/** Every page from the first to the last; `between` runs before each further one. */
async function walk(
  query: Record<string, string>,
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const answer = await page({ ...query, ...(cursor === null ? {} : { cursor }) });
    expect(answer.status).toBe(200);
    const data: Item[] = answer.body.data;
    ids.push(...data.map(({ id }) => id));
    cursor = answer.body.next_cursor;
    await between();
  } while (cursor !== null);
  return ids;
}

describe('one payout', () => {
  test('is read with its version as ETag', async () => {
    const { id } = await create();
    await untilStatus(id, 'approved');
    const answer = await get(`/v1/payouts/${id}`);
    expect(answer.headers['etag']).toBe(`"${answer.body.version}"`);
    expect(answer.body).toMatchObject({
      id,
      status: 'approved',
      final: true,
      money_moved: 'yes',
      gateway: {
        client_order_id: expect.any(String),
        order_id: expect.any(String),
        amount: '10.00',
        currency: 'EUR',
      },
    });
    expect(answer.body.finalized_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test.each(['po_00000000000000000000000000', 'po_short', '1', '%27%20or%201%3D1'])(
    'that does not exist is answered 404: %s',
    async (id) => {
      const answer = await get(`/v1/payouts/${id}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'PAYOUT_NOT_FOUND']);
    },
  );

  test('and pages are read only with the scope', async () => {
    for (const path of ['/v1/payouts', `/v1/payouts/po_1`]) {
      const answer = await as(service.url, 'writer').get(path);
      expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN_SCOPE']);
    }
  });
});

describe('pages', () => {
  test('come newest first, each payout once, also while others are created', async () => {
    const made: string[] = [];
    for (let count = 0; count < 23; count += 1) made.push((await create()).id);
    const seen = await walk({ limit: '5' }, () => create());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => made.includes(id))).toEqual(made.toReversed());
  });

  test('hold 50 payouts unless another limit is asked for, and at most 200', async () => {
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 12 }, () => create()));
    }
    expect((await page({})).body.data).toHaveLength(50);
    expect((await page({ limit: '2' })).body.data).toHaveLength(2);
    expect((await page({ limit: '200' })).body.next_cursor).toBeNull();
  });

  test('are filtered by reference', async () => {
    const { id, reference } = await create();
    expect(await walk({ reference })).toEqual([id]);
    expect(await walk({ reference: 'no such reference' })).toEqual([]);
    expect(await walk({ reference: ` ${reference} ` })).toEqual([id]);
  });

  test.each([
    ['reference', '\u0000', 'must not contain control characters'],
    ['created_from', '2026-01-31', expect.stringMatching(/^must be a time such as /)],
  ])('are not filtered by a %s that none can have: %j', async (path, value, message) => {
    const answer = await page({ [path]: value });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path, message }] });
  });

  test('are filtered by one status or several', async () => {
    const declined = await create({ amount: '10.01' });
    const waiting = await create({ release: 'on_authorization' });
    await untilStatus(declined.id, 'declined');
    await untilStatus(waiting.id, 'bank_confirmed');
    expect(await walk({ status: 'declined' })).toEqual([declined.id]);
    expect(await walk({ status: 'declined,bank_confirmed' })).toEqual([waiting.id, declined.id]);
  });

  test('are filtered by open attention, any or one kind', async () => {
    const { id } = await create({ amount: '10.04' });
    await expect
      .poll(async () => (await get(`/v1/payouts/${id}`)).body.attention?.code, { timeout: 15_000 })
      .toBe('gateway_error');
    expect(await walk({ attention: 'true' })).toEqual([id]);
    expect(await walk({ attention: 'gateway_error' })).toEqual([id]);
    expect(await walk({ attention: 'second_order' })).toEqual([]);
  });

  test('are filtered by the time of creation, from on and until before', async () => {
    const { id, reference } = await create();
    const { created_at: at } = (await get(`/v1/payouts/${id}`)).body;
    const later = new Date(Date.parse(at) + 1).toISOString();
    expect(await walk({ reference, created_from: at, created_to: later })).toEqual([id]);
    expect(await walk({ reference, created_to: at })).toEqual([]);
    expect(await walk({ reference, created_from: later })).toEqual([]);
    const elsewhere = at.replace('Z', '+00:00');
    expect(await walk({ reference, created_from: elsewhere })).toEqual([id]);
  });
});

describe('a query that is not as it must be', () => {
  test.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', 'ten'],
    ['status', 'paid'],
    ['attention', 'maybe'],
    ['created_from', 'yesterday'],
    ['cursor', 'made-up'],
    ['cursor', Buffer.from('1.po_1').toString('base64url')],
    ['reference', 'r'.repeat(51)],
    ['colour', 'red'],
  ])('%s=%s is named in the problem', async (name, value) => {
    const answer = await page({ [name]: value });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.errors[0].path).toBe(name);
  });
});
