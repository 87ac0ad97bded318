/**
 * What the cashier's route takes and how it answers: published requests, callers, forms, faults,
 * and anything at all. Its body is the pair whatever happens.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeNothing } from '../../../src/flow/observe.ts';
import type { CashierAccess } from '../../../src/http/plugins/cashier-access.ts';
import { publishedAnswers, publishedRequests } from '../../praxis/vectors.ts';
import {
  type CashierApp,
  createCashierApp,
  LOCAL,
  OPEN,
  OPERATOR_KEY,
} from '../../support/cashier-app.ts';
import { storyIn } from '../../support/payouts.ts';

const SUCCESS = publishedAnswers.find(({ class: kind }) => kind === 'success')?.body;
const PATHS = ['/UpdatePayout', '/CreatePayout'];
const PAIR = { Status: expect.any(Number), Description: expect.stringMatching(/^[ -~]{1,200}$/) };

let service: CashierApp;
beforeAll(async () => {
  service = await createCashierApp({ ...LOCAL, formBodies: true });
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
  request(service.server.server).post(path).set('content-type', 'application/json').send(body);

it('a change that did not reach the disk is announced to no one', async () => {
  const told: string[] = [];
  const wake = { onDue: () => void told.push('due'), onChange: () => void told.push('change') };
  const own = await createCashierApp(LOCAL, { app: wake });
  const { payout } = storyIn.bank_confirmed({ release: 'on_authorization' });
  const { id, reference } = await own.put(payout);
  const call = () => request(own.server.server).post('/UpdatePayout').send(bodyFor(reference));
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

  it('are taken as a form too where that is switched on', async () => {
    const { id, reference } = await oneEuro();
    const form = { PIN: '7', frontendname: 'TEST EUR', ExtPayoutID: reference, Status: 'C' };
    const answer = await request(service.server.server)
      .post('/UpdatePayout')
      .type('form')
      .send(form);
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
  ])('that holds %s is answered 1 and kept without it', async (_name, bytes) => {
    const answer = await service.server.inject({
      method: 'POST',
      url: '/UpdatePayout',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      payload: bytes,
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ...PAIR, Status: 1 });
    const last = (await service.calls()).at(-1);
    expect(last).toMatchObject({ answer_status: 1, payout_id: null });
    expect(last?.body).toHaveLength(0);
  });
});

describe('a request that is no call', () => {
  it.each(['get', 'put', 'patch', 'delete', 'options'] as const)(
    'by %s is answered 405 with the pair',
    async (method) => {
      const answer = await request(service.server.server)[method]('/UpdatePayout');
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
      expect(answer.body).toEqual({ ...PAIR, Status: 1 });
    },
  );

  it('for an address below it is answered 404 with the pair', async () => {
    const answer = await request(service.server.server).post('/UpdatePayout/7').send({});
    expect([answer.status, answer.body]).toEqual([404, { ...PAIR, Status: 1 }]);
  });

  it('of another content type is answered 415 with the pair', async () => {
    const answer = await request(service.server.server)
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
    const answer = await service.server.inject({
      method: 'POST',
      url: '/UpdatePayout',
      headers: { 'content-type': type },
      payload: body,
      // Each from another address: of one, not all are kept.
      remoteAddress: `10.${randomBytes(3).join('.')}`,
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
  const closed: CashierAccess = { ...LOCAL, allowedIps: [] };

  const ask = async (
    access: CashierAccess,
    headers: Record<string, string> = {},
    trustedProxies: string[] = [],
  ) => {
    const guarded = await createCashierApp(access, { trustedProxies });
    try {
      const { payout } = storyIn.bank_confirmed();
      const { reference } = await guarded.put(payout);
      const answer = await request(guarded.server.server)
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
      'the address is given by a proxy that is not trusted',
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
    [
      'the address matches that a proxy says with its port',
      { ...closed, allowedIps: ['203.0.113.0/24'] },
      { 'x-forwarded-for': '203.0.113.9:51234' },
    ],
    [
      'the address matches that proxies say with ports, quotes and spaces',
      { ...closed, allowedIps: ['203.0.113.0/24'] },
      { 'x-forwarded-for': '6.6.6.6, "203.0.113.9:51234" , "[::1]:4711"' },
    ],
    [
      'the address matches that a proxy says by Forwarded',
      { ...closed, allowedIps: ['203.0.113.0/24'] },
      { forwarded: 'for=6.6.6.6, for="203.0.113.9:51234";proto=https' },
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

  it.each([
    ['X-Forwarded-For', { 'x-forwarded-for': '203.0.113.9, 6.6.6.6' }],
    ['Forwarded', { forwarded: 'for=203.0.113.9, for=6.6.6.6' }],
    ['both', { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=6.6.6.6' }],
  ])('that writes an allowed address in front of its own in %s is refused', async (_, headers) => {
    const access = { ...closed, allowedIps: ['203.0.113.0/24'] };
    const { answer } = await ask(access, headers, ['127.0.0.0/8', '::1']);
    expect([answer.status, answer.body.Status]).toEqual([403, 8]);
  });

  it('that is refused is refused for every method and before the body is read', async () => {
    const guarded = await createCashierApp(closed);
    const answer = await request(guarded.server.server).get('/CreatePayout');
    const large = await request(guarded.server.server)
      .post('/UpdatePayout')
      .send({ a: randomUUID() });
    await guarded.close();
    expect([answer.status, answer.body.Status, large.status]).toEqual([403, 8, 403]);
  });
});

describe('calls without limit', () => {
  const BASIC = 'till:correct horse';
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const byPassword: CashierAccess = {
    basicAuth: BASIC,
    allowedIps: [],
    allowUnauthenticated: false,
    formBodies: false,
  };

  /** Sends so many calls one after the other and counts the answers by their HTTP status. */
  const sendMany = async (
    guarded: CashierApp,
    count: number,
    body: object,
    { password, address }: { password?: string; address: string },
  ) => {
    const answers: Record<number, number> = {};
    for (let index = 0; index < count; index += 1) {
      const answer = await guarded.server.inject({
        method: 'POST',
        url: '/UpdatePayout',
        headers: password === undefined ? {} : { authorization: basic(password) },
        payload: body,
        remoteAddress: address,
      });
      expect(answer.json()).toEqual(PAIR);
      if (answer.statusCode === 429) {
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      answers[answer.statusCode] = (answers[answer.statusCode] ?? 0) + 1;
    }
    return answers;
  };

  it('with 3000 wrong passwords are limited by address, and the right one is not tried then', async () => {
    const limited: string[] = [];
    const observe = { ...observeNothing, limited: (route: string) => void limited.push(route) };
    const guarded = await createCashierApp(byPassword, { app: { observe } });
    const { reference } = await guarded.put(storyIn.bank_confirmed().payout);
    const call = bodyFor(reference);
    const guesser = { address: '192.0.2.66' };
    const answers = await sendMany(guarded, 3000, call, { ...guesser, password: 'till:guess' });
    expect(answers).toEqual({ 401: 30, 429: 2970 });
    expect(limited).toEqual(Array.from({ length: 2970 }, () => 'cashier'));
    expect(await sendMany(guarded, 1, call, { ...guesser, password: BASIC })).toEqual({ 429: 1 });
    const till = { address: '192.0.2.7', password: BASIC };
    expect(await sendMany(guarded, 3, call, till)).toEqual({ 200: 3 });
    expect(guarded.logLines.filter((line) => line.includes('was refused'))).toHaveLength(30);
    guarded.clock.advance(60_000);
    expect(await sendMany(guarded, 1, call, { ...guesser, password: BASIC })).toEqual({ 200: 1 });
    await guarded.close();
  });

  it('from an address that the cashier has been let in from do not shut it out', async () => {
    const guarded = await createCashierApp(byPassword);
    const { reference } = await guarded.put(storyIn.bank_confirmed().payout);
    const proxy = { address: '10.0.0.1' };
    const send = (count: number, password: string) =>
      sendMany(guarded, count, bodyFor(reference), { ...proxy, password });
    expect(await send(1, BASIC)).toEqual({ 200: 1 });
    expect(await send(100, 'a:b')).toEqual({ 401: 30, 429: 70 });
    expect(await send(1, BASIC)).toEqual({ 200: 1 });
    await guarded.close();
  });

  it.each([
    ['', () => ''],
    [', whatever port it says with it', (index: number) => `:${50_000 + index}`],
  ])('are counted by the address that a trusted proxy says%s', async (_name, portOf) => {
    const guarded = await createCashierApp(byPassword, { trustedProxies: ['10.0.0.1'] });
    const send = async (client: string) => {
      const answer = await guarded.server.inject({
        method: 'POST',
        url: '/UpdatePayout',
        headers: { authorization: basic('a:b'), 'x-forwarded-for': client },
        payload: bodyFor('nobody'),
        remoteAddress: '10.0.0.1',
      });
      return answer.statusCode;
    };
    const codes: number[] = [];
    for (let index = 0; index < 31; index += 1)
      codes.push(await send(`192.0.2.66${portOf(index)}`));
    expect([codes.at(0), codes.at(-1)]).toEqual([401, 429]);
    expect(await send('192.0.2.7')).toBe(401);
    await guarded.close();
  });

  it('of 200 good ones from one address are all taken', async () => {
    const guarded = await createCashierApp(byPassword);
    for (let index = 0; index < 200; index += 1) {
      const { reference } = await guarded.put(storyIn.requested().payout);
      const till = { address: '192.0.2.7', password: BASIC };
      expect(await sendMany(guarded, 1, bodyFor(reference), till)).toEqual({ 200: 1 });
    }
    await guarded.close();
  });

  it('that name no payout are answered, and not all of one address are kept', async () => {
    const guarded = await createCashierApp(byPassword);
    const till = { address: '192.0.2.7', password: BASIC };
    const answers = await sendMany(guarded, 100, bodyFor('nobody', { Fee: '1' }), till);
    expect(answers).toEqual({ 200: 100 });
    const calls = await guarded.calls();
    expect(calls).toHaveLength(30);
    expect(calls.every(({ body, answer_status }) => body.length === 0 && answer_status === 2)).toBe(
      true,
    );
    await guarded.close();
  });

  it('of one payout that repeat themselves are answered, and a limited number is kept', async () => {
    const guarded = await createCashierApp(byPassword);
    const { id, reference } = await guarded.put(storyIn.bank_confirmed().payout);
    const till = { address: '192.0.2.7', password: BASIC };
    const report = bodyFor(reference, { Status: 'P' });
    expect(await sendMany(guarded, 150, report, till)).toEqual({ 200: 150 });
    expect(await guarded.calls()).toHaveLength(100);
    const journal = await guarded.database.query(
      `select 1 from payout_events where payout_id = $1 and kind = 'cashier_reported'`,
      [id],
    );
    expect(journal).toHaveLength(100);
    await sendMany(guarded, 1, bodyFor(reference, { Status: 'C' }), till);
    expect((await guarded.payout(id)).status).toBe('canceled');
    await guarded.close();
  });

  it('where any caller may call are limited once they change nothing', async () => {
    const guarded = await createCashierApp(OPEN);
    const { id, reference } = await guarded.put(storyIn.bank_confirmed().payout);
    const stranger = { address: '192.0.2.66' };
    const report = bodyFor(reference, { Status: 'Y' });
    expect(await sendMany(guarded, 200, report, stranger)).toEqual({ 200: 31, 429: 169 });
    expect((await guarded.payout(id)).authorization.withheld).toBe(true);
    const other = { address: '192.0.2.7' };
    await sendMany(guarded, 3, bodyFor('nobody'), other);
    expect((await guarded.calls()).map(({ payout_id }) => payout_id)).not.toContain(null);
    const stop = bodyFor(reference, { Status: 'C' });
    expect(await sendMany(guarded, 1, stop, other)).toEqual({ 200: 1 });
    expect((await guarded.payout(id)).status).toBe('canceled');
    await guarded.close();
  });
});

describe('who said it', () => {
  it.each([
    ['till', 'cashier:till'],
    ['operator', 'cashier:operator'],
    [null, 'cashier'],
  ])('is shown as the cashier with the name it claims: %s', async (UpdatedBy, by) => {
    const { id, reference } = await oneEuro();
    await post(bodyFor(reference, { UpdatedBy, Status: 'A' }));
    service.clock.advance(1000);
    await post(bodyFor(reference, { UpdatedBy, Status: 'C' }));
    expect((await service.payout(id)).authorization.by).toBe(by);
    const timeline = await request(service.server.server)
      .get(`/v1/payouts/${id}/timeline`)
      .set('authorization', `Bearer ${OPERATOR_KEY}`);
    const said = timeline.body.data.filter((entry: { kind: string }) => entry.kind !== 'created');
    expect(said.map((entry: { kind: string; by: string }) => [entry.kind, entry.by])).toEqual([
      ['cashier_called', by],
      ['authorized', by],
      ['cashier_called', by],
      ['canceled', by],
    ]);
  });
});
