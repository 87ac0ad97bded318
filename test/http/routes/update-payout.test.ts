/**
 * What the cashier's route takes and how it answers: published requests, callers, forms, faults,
 * and anything at all. Its body is the pair whatever happens.
 */

import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CashierAccess } from '../../../src/http/cashier-access.ts';
import { publishedAnswers, publishedRequests } from '../../praxis/vectors.ts';
import { type CashierApp, createCashierApp, OPEN } from '../../support/cashier-app.ts';
import { storyIn } from '../../support/payouts.ts';

const SUCCESS = publishedAnswers.find(({ class: kind }) => kind === 'success')?.body;
const PATHS = ['/UpdatePayout', '/CreatePayout'];
const PAIR = { Status: expect.any(Number), Description: expect.stringMatching(/^[ -~]{1,200}$/) };

let service: CashierApp;
beforeAll(async () => {
  service = await createCashierApp();
});
afterAll(() => service.close());

/** A payout of 1 EUR as the published requests name it, under a reference of its own. */
const oneEuro = (status: 'bank_confirmed' | 'processing' = 'bank_confirmed') => {
  const { payout } = storyIn[status](
    status === 'bank_confirmed' ? { release: 'on_authorization' } : {},
  );
  return service.put({ ...payout, money: { amountMinor: 100n, decimals: 2, currency: 'EUR' } });
};

const bodyFor = (reference: string, changes: object = {}): object => ({
  PIN: '7',
  FrontEndName: 'TEST EUR',
  ExtPayoutID: reference,
  Status: 'A',
  ...changes,
});

const post = (body: object | string, path = '/UpdatePayout') =>
  request(service.app.server).post(path).set('content-type', 'application/json').send(body);

it('a change that did not reach the disk is told to nobody', async () => {
  const told: string[] = [];
  const wake = { onDue: () => void told.push('due'), onChange: () => void told.push('change') };
  const own = await createCashierApp(OPEN, { flow: wake });
  const { payout } = storyIn.bank_confirmed({ release: 'on_authorization' });
  const { id, reference } = await own.put(payout);
  const call = () => request(own.app.server).post('/UpdatePayout').send(bodyFor(reference));
  await own.database.query('alter table cashier_calls rename to calls_away');
  const failed = await call();
  expect(failed.body.Status).toBeLessThan(0);
  expect(told).toEqual([]);
  expect(own.logLines.filter((line) => line.includes('"from"'))).toEqual([]);
  await own.database.query('alter table calls_away rename to cashier_calls');
  expect((await call()).body).toEqual(SUCCESS);
  expect(told).toEqual(['change', 'due']);
  expect(own.logLines.filter((line) => line.includes(id) && line.includes('"from"'))).toHaveLength(
    1,
  );
  await own.close();
});

describe('the published requests', () => {
  describe.each(PATHS)('sent to %s', (path) => {
    it.each(publishedRequests)('$id gets the published answer', async ({ body }) => {
      const { reference } = await oneEuro();
      const answer = await post({ ...body, ExtPayoutID: reference }, path);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(JSON.stringify(SUCCESS));
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    });
  });

  it.each(['J', 'C'])('%s is refused as published once the money may be moving', async (letter) => {
    const { reference } = await oneEuro('processing');
    const { body } = await post(bodyFor(reference, { Status: letter }));
    expect(body).toEqual({
      Status: 4,
      Description: 'Update payout request failed: the payout is processing',
    });
  });

  it('are taken as a form too', async () => {
    const { id, reference } = await oneEuro();
    const form = { PIN: '7', frontendname: 'TEST EUR', ExtPayoutID: reference, Status: 'C' };
    const answer = await request(service.app.server).post('/UpdatePayout').type('form').send(form);
    expect(answer.body).toEqual(SUCCESS);
    expect((await service.payout(id)).status).toBe('canceled');
  });
});

describe('a call', () => {
  it.each([
    ['no such payout', { ExtPayoutID: 'nobody' }, 2],
    ['another PIN', { PIN: '8' }, 3],
    ['another front end', { FrontEndName: 'TEST USD' }, 3],
    ['another site', { SiteID: 171 }, 3],
    ['another PIN before another amount', { PIN: '8', Amount: 2 }, 3],
    ['another amount', { Amount: '1.01' }, 5],
    ['minor units', { Amount: 100 }, 5],
    ['another currency', { Currency: 'USD' }, 5],
    ['the same amount with more zeros', { Amount: '1.0000' }, 0],
    ['no amount', {}, 0],
    ['a fee, which is only recorded', { Fee: '3.50' }, 0],
    ['an unknown letter', { Status: 'N' }, 7],
    ['an unknown letter of an unknown payout', { Status: 'N', ExtPayoutID: 'nobody' }, 7],
    ['a missing field before an unknown letter', { Status: 'N', PIN: null }, 1],
    ['a lower-case letter', { Status: 'a' }, 0],
  ])('with %s is answered by its code', async (_name, changes, status) => {
    const { id, reference } = await oneEuro();
    const before = await service.payout(id);
    const answer = await post(bodyFor(reference, changes));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...PAIR, Status: status });
    const after = await service.payout(id);
    expect(JSON.stringify(after.authorization) === JSON.stringify(before.authorization)).toBe(
      status !== 0,
    );
  });

  it('is compared only by what both sides have', async () => {
    const { payout } = storyIn.bank_confirmed();
    const { reference } = await service.put(payout, { pin: '7' });
    const { body } = await post(bodyFor(reference, { SiteID: 999, FrontEndName: 'Other' }));
    expect(body).toEqual(SUCCESS);
  });

  it('is kept with its bytes and its answer, and without its credentials', async () => {
    const { id, reference } = await oneEuro();
    const text = ` ${JSON.stringify(bodyFor(reference, { Unknown: 'é' }))}\n`;
    await post(text).set('authorization', 'Basic c2VjcmV0OnNlY3JldA==');
    const row = (await service.calls()).findLast((call) => call.payout_id === id);
    expect(row).toMatchObject({ letter: 'A', content_type: 'json', answer_status: 0 });
    expect(row?.body.toString()).toBe(text);
    expect(JSON.stringify(row)).not.toContain('c2VjcmV0');
  });

  it.each([
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x00, 0x7d])],
    ['nothing', Buffer.alloc(0)],
    ['text that is no JSON', Buffer.from('{"PIN": ')],
  ])('that holds %s is answered 1 and kept', async (_name, bytes) => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/UpdatePayout',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      payload: bytes,
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ...PAIR, Status: 1 });
    const last = (await service.calls()).at(-1);
    expect(last).toMatchObject({ answer_status: 1, payout_id: null });
    expect(last?.body.equals(bytes)).toBe(true);
  });
});

describe('a request that is no call', () => {
  it.each(['get', 'put', 'patch', 'delete', 'options'] as const)(
    'by %s is answered 405 with the pair',
    async (method) => {
      const answer = await request(service.app.server)[method]('/UpdatePayout');
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
      expect(answer.body).toEqual({ ...PAIR, Status: 1 });
    },
  );

  it('for an address below it is answered 404 with the pair', async () => {
    const answer = await request(service.app.server).post('/UpdatePayout/7').send({});
    expect([answer.status, answer.body]).toEqual([404, { ...PAIR, Status: 1 }]);
  });

  it('of another content type is answered 415 with the pair', async () => {
    const answer = await request(service.app.server)
      .post('/UpdatePayout')
      .set('content-type', 'text/xml')
      .send('<PIN>7</PIN>');
    expect(answer.status).toBe(415);
    expect(answer.body).toEqual({ ...PAIR, Status: 1 });
  });

  it('that is too large is answered 413 with the pair', async () => {
    const answer = await post(JSON.stringify({ PIN: 'x'.repeat(70_000) }));
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual({ ...PAIR, Status: 1 });
  });
});

describe('our own fault', () => {
  it('is answered -1 with HTTP 200, and nothing is saved', async () => {
    const { id, reference } = await oneEuro();
    const before = await service.payout(id);
    await service.database.query('alter table cashier_calls rename to hidden');
    const { status, body } = await post(bodyFor(reference));
    await service.database.query('alter table hidden rename to cashier_calls');
    expect(status).toBe(200);
    expect(body).toEqual({
      Status: -1,
      Description: 'Internal error, nothing was saved, send it again',
    });
    expect(await service.payout(id)).toEqual(before);
  });
});

describe('anything at all', () => {
  const answeredWell = async (body: Buffer, type: string) => {
    const rowsBefore = (await service.calls()).length;
    const answer = await service.app.inject({
      method: 'POST',
      url: '/UpdatePayout',
      headers: { 'content-type': type },
      payload: body,
    });
    expect(answer.statusCode).toBe(200);
    const pair: { Status: number; Description: string } = answer.json();
    expect(pair).toEqual(PAIR);
    expect(Object.keys(pair)).toEqual(['Status', 'Description']);
    const rows = (await service.calls()).slice(rowsBefore);
    expect(rows.map((row) => row.answer_status)).toEqual([pair.Status]);
    return pair.Status;
  };
  const types = fc.constantFrom('application/json', 'application/x-www-form-urlencoded');

  it('of bytes gets a pair that is kept, and never 0', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), types, async (bytes, type) => {
        expect(await answeredWell(Buffer.from(bytes), type)).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it('of JSON gets a pair that is kept, and never 0', async () => {
    const fields = fc.dictionary(
      fc.constantFrom('PIN', 'pin', 'FrontEndName', 'ExtPayoutID', 'Status', 'Amount', '__proto__'),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fields), types, async (value, type) => {
        expect(await answeredWell(Buffer.from(JSON.stringify(value)), type)).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('of a good call in any order and letter case of its names is done', async () => {
    const { reference } = await oneEuro();
    const members = Object.entries({ ...bodyFor(reference), Amount: 1, Extra: 'x', SiteID: '170' });
    const inAnyOrder = fc.shuffledSubarray(members, { minLength: members.length });
    await fc.assert(
      fc.asyncProperty(inAnyOrder, fc.infiniteStream(fc.boolean()), async (order, upper) => {
        const spell = (name: string) =>
          Array.from(name, (c) => (upper.next().value ? c.toUpperCase() : c.toLowerCase())).join(
            '',
          );
        const text = JSON.stringify(
          Object.fromEntries(order.map(([name, value]) => [spell(name), value])),
        );
        expect(await answeredWell(Buffer.from(text), 'application/json')).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a caller', () => {
  const BASIC = 'till:correct horse';
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const closed: CashierAccess = { basicAuth: null, allowedIps: [], allowUnauthenticated: false };

  const ask = async (
    access: CashierAccess,
    headers: Record<string, string> = {},
    trustedProxies: string[] = [],
  ) => {
    const guarded = await createCashierApp(access, { trustedProxies });
    try {
      const { payout } = storyIn.bank_confirmed();
      const { reference } = await guarded.put(payout);
      const answer = await request(guarded.app.server)
        .post('/UpdatePayout')
        .set(headers)
        .send(bodyFor(reference));
      return { answer, calls: await guarded.calls() };
    } finally {
      await guarded.close();
    }
  };

  it.each([
    ['nothing was configured', closed, {}, 403],
    ['credentials are missing', { ...closed, basicAuth: BASIC }, {}, 401],
    [
      'credentials are wrong',
      { ...closed, basicAuth: BASIC },
      { authorization: basic('a:b') },
      401,
    ],
    ['the scheme is another one', { ...closed, basicAuth: BASIC }, { authorization: BASIC }, 401],
    ['the address is another one', { ...closed, allowedIps: ['10.0.0.0/8'] }, {}, 403],
    [
      'only the credentials are right',
      { ...closed, basicAuth: BASIC, allowedIps: ['10.0.0.0/8'] },
      { authorization: basic(BASIC) },
      403,
    ],
    [
      'the address is said by a proxy that nobody trusts',
      { ...closed, allowedIps: ['10.0.0.0/8'] },
      { 'x-forwarded-for': '10.1.2.3' },
      403,
    ],
  ])('is refused with a pair where %s', async (_name, access, headers, httpStatus) => {
    const { answer, calls } = await ask(access, headers);
    expect(answer.status).toBe(httpStatus);
    expect(answer.body).toEqual({ Status: 8, Description: 'The caller is not allowed' });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['www-authenticate'] !== undefined).toBe(httpStatus === 401);
    expect(calls).toEqual([]);
  });

  it.each([
    ['everybody is let in on purpose', { ...OPEN, basicAuth: BASIC }, {}],
    ['credentials match', { ...closed, basicAuth: BASIC }, { authorization: basic(BASIC) }],
    ['the address matches', { ...closed, allowedIps: ['192.0.2.1', '127.0.0.0/8', '::1'] }, {}],
    [
      'both match, the address as a trusted proxy says it',
      { ...closed, basicAuth: BASIC, allowedIps: ['2001:db8::/32'] },
      { authorization: basic(BASIC), 'x-forwarded-for': '2001:db8::7' },
    ],
  ])('is answered where %s', async (_name, access, headers) => {
    const { answer, calls } = await ask(access, headers, [
      '127.0.0.0/8',
      '::1',
      '::ffff:127.0.0.1',
    ]);
    expect(answer.body).toEqual(SUCCESS);
    expect(calls).toHaveLength(1);
  });

  it('that is refused is refused for every method and before the body is read', async () => {
    const guarded = await createCashierApp(closed);
    const answer = await request(guarded.app.server).get('/CreatePayout');
    const large = await request(guarded.app.server).post('/UpdatePayout').send({ a: randomUUID() });
    await guarded.close();
    expect([answer.status, answer.body.Status, large.status]).toEqual([403, 8, 403]);
  });
});
