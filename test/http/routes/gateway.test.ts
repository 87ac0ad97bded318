/**
 * What the gateway and the receiver's browser are answered, and what it brings about.
 */

import { createHash } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillForm } from '../../../src/dev/sandbox/demo/fill-form.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  // No poll is due for longer than a test waits, and the gateway sends no callback.
  service = await startRunningService({
    behaviour: { callbacks: 'off' },
    environment: { PAYNETEASY_POLL_MIN_MS: '60000', PAYNETEASY_POLL_MAX_MS: '60000' },
  });
});
afterAll(() => service.close());

const ADDRESS = '/callbacks/payneteasy/default';

/** Under which each payout is known to the gateway, as the API showed it. */
const clientOrderIds = new Map<string, string>();

function signed(id: string, orderId: string | null, changes: Record<string, string> = {}) {
  const { status = 'approved', orderid = orderId ?? '0' } = changes;
  const { controlKey } = service.secrets;
  const clientOrderId = clientOrderIds.get(id) ?? id;
  const signedText = `${status}${orderid}${clientOrderId}${controlKey}`;
  const control = createHash('sha1').update(signedText).digest('hex');
  return {
    status,
    orderid,
    client_orderid: clientOrderId,
    merchant_order: clientOrderId,
    type: 'payout',
    control,
    ...changes,
  };
}

type Quiet = { id: string; orderId: string | null };

/** A payout that the gateway has accepted and that is not polled for most of a minute. */
async function createQuiet(): Promise<Quiet> {
  const { id } = await service.api.create({ amount: '10.08' });
  const { gateway } = await service.api.until(
    id,
    ({ status, next_check_at }) =>
      status === 'bank_confirming' && Date.parse(next_check_at ?? '') > Date.now() + 9000,
  );
  clientOrderIds.set(id, gateway.client_order_id);
  return { id, orderId: gateway.order_id };
}

/** The first three polls take two seconds, so all of them are waited for in one go. */
const quiet: Quiet[] = [];
beforeAll(async () => {
  quiet.push(...(await Promise.all(Array.from({ length: 21 }, createQuiet))));
});

function takeQuiet(): Quiet {
  const payout = quiet.pop();
  if (payout === undefined) throw new Error('more payouts are needed');
  return payout;
}

const pin = (orderId: string | null, status: string, stage: string) =>
  service.simulator.control.setOrder(orderId ?? '', { status, stage });

/** Posts a form under a Content-Type, or under none. */
async function sendPosted(path: string, type: string, form: URLSearchParams) {
  const body = Buffer.from(form.toString());
  const headers = type === '' ? {} : { 'content-type': type };
  const answer = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe('the callback', () => {
  test.each(['GET', 'POST'] as const)(
    'by %s is answered OK and polled immediately',
    async (method) => {
      const { id, orderId } = takeQuiet();
      pin(orderId, 'declined', 'payout_declined');
      const fields = signed(id, orderId, { status: 'declined' });
      const answer =
        method === 'GET'
          ? await request(service.url).get(ADDRESS).query(fields)
          : await request(service.url).post(ADDRESS).type('form').send(fields);
      expect([answer.status, answer.text]).toEqual([200, 'OK']);
      expect(answer.headers['content-type']).toContain('text/plain');
      await service.api.untilStatus(id, 'declined');
    },
  );

  test('ten times at the same time is answered OK ten times and kept once', async () => {
    const { id, orderId } = takeQuiet();
    const fields = signed(id, orderId, { status: 'processing' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => request(service.url).get(ADDRESS).query(fields)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const kept = await service.database.query('select 1 from callbacks where payout_id = $1', [id]);
    expect(kept).toHaveLength(1);
  });

  test('about an order that is not ours is answered OK and kept', async () => {
    const stranger = 'somebody-else-1';
    const answer = await request(service.url).get(ADDRESS).query(signed(stranger, '99'));
    expect([answer.status, answer.text]).toEqual([200, 'OK']);
    const kept = await service.database.query(
      'select payout_id from callbacks where client_order_id = $1',
      [stranger],
    );
    expect(kept).toEqual([{ payout_id: null }]);
  });

  test.each([
    ['a wrong control', { control: '0'.repeat(40) }],
    ['no control', { control: '' }],
    ['an empty status', { status: '' }],
  ])('with %s is answered 403, gives no reason and changes nothing', async (_, changes) => {
    const { id, orderId } = takeQuiet();
    const before = await service.api.read(id);
    const answer = await request(service.url)
      .get(ADDRESS)
      .query(signed(id, orderId, changes));
    expect([answer.status, answer.text]).toEqual([403, 'Forbidden']);
    expect(await service.api.read(id)).toEqual(before);
  });

  test('with a parameter sent twice is answered 403', async () => {
    const { id, orderId } = takeQuiet();
    const query = new URLSearchParams(signed(id, orderId));
    query.append('status', 'declined');
    const answer = await request(service.url).get(`${ADDRESS}?${query.toString()}`);
    expect(answer.status).toBe(403);
  });

  test('to an endpoint that is not configured is answered 403', async () => {
    const answer = await request(service.url)
      .get('/callbacks/payneteasy/other')
      .query(signed('po_1', '1'));
    expect(answer.status).toBe(403);
  });

  test.each([
    ['text/plain', 'text/plain; charset=utf-8'],
    ['no type', ''],
    ['JSON', 'application/json'],
    ['a type that is none', 'form'],
    ['another charset', 'application/x-www-form-urlencoded; charset=windows-1251'],
  ])('posted as %s is taken all the same, as its signature decides', async (_, type) => {
    const { id, orderId } = takeQuiet();
    const fields = signed(id, orderId, { status: 'processing' });
    const post = (sent: object) => sendPosted(ADDRESS, type, new URLSearchParams({ ...sent }));
    const answer = await post(fields);
    expect([answer.status, answer.text]).toEqual([200, 'OK']);
    const kept = await service.database.query('select 1 from callbacks where payout_id = $1', [id]);
    expect(kept).toHaveLength(1);
    const forged = await post({ ...fields, status: 'approved' });
    expect([forged.status, forged.text]).toEqual([403, 'Forbidden']);
  });

  test('with a body of 2 MB is refused, in the form of its answers', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
      const body = `status=${'x'.repeat(2 * 1024 * 1024)}`;
      const answer = await request(service.url).post(ADDRESS).type(type).send(body);
      expect([answer.status, answer.text]).toEqual([413, 'Body too large']);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
  });

  test('by another method, or below its address, is refused in the form of its answers', async () => {
    const put = await request(service.url).put(ADDRESS);
    expect([put.status, put.text]).toEqual([405, 'Method not allowed']);
    expect(put.headers['allow']).toBe('GET, HEAD, POST');
    expect(put.headers['content-type']).toBe('text/plain; charset=utf-8');
    const below = await request(service.url).get(`${ADDRESS}/deeper`);
    expect([below.status, below.text]).toEqual([404, 'Route not found']);
    expect(below.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('that cannot be put on disk is answered 5xx in the form of its answers', async () => {
    const broken = await startRunningService();
    await broken.database.query('drop table callbacks cascade');
    const control = createHash('sha1')
      .update(`approved1stranger${broken.secrets.controlKey}`)
      .digest('hex');
    const answer = await request(broken.url)
      .get(ADDRESS)
      .query({ status: 'approved', orderid: '1', client_orderid: 'stranger', control });
    expect([answer.status, answer.text]).toEqual([500, 'Internal error']);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    await broken.close();
  });
});

describe("the receiver's way back", () => {
  const back = (id: string, fields: object) =>
    request(service.url).post(`/returns/payneteasy/${id}`).type('form').send(fields);

  test('leads to the return address of the payout', async () => {
    const url = 'https://shop.example/done?order=1';
    const { id } = await service.api.create({ amount: '10.08', return_url: url });
    const { gateway } = await service.api.untilStatus(id, 'bank_confirming');
    clientOrderIds.set(id, gateway.client_order_id);
    const answer = await back(id, signed(id, gateway.order_id));
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toBe(url);
  });

  test('leads to a plain page where there is none, and decides nothing', async () => {
    const { id, orderId } = takeQuiet();
    const answer = await back(id, signed(id, orderId));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.text).toContain('You can close this page now.');
    expect(answer.text).toMatch(/href="\.\.\/\.\.\/assets\/pages-[0-9a-f]{16}\.css"/);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await service.api.read(id)).status).toBe('bank_confirming');
  });

  test('with a wrong control, or for another payout, is answered 403', async () => {
    const first = takeQuiet();
    const second = takeQuiet();
    const forged = { ...signed(first.id, first.orderId), control: '0'.repeat(40) };
    expect((await back(first.id, forged)).status).toBe(403);
    expect((await back(first.id, signed(second.id, second.orderId))).status).toBe(403);
  });

  test.each(['text/plain', '', 'form'])('is open to a form of the type %j', async (type) => {
    const { id, orderId } = takeQuiet();
    const form = new URLSearchParams(signed(id, orderId));
    expect((await sendPosted(`/returns/payneteasy/${id}`, type, form)).status).toBe(200);
    form.set('control', '0'.repeat(40));
    expect((await sendPosted(`/returns/payneteasy/${id}`, type, form)).status).toBe(403);
  });

  test('shows a page also where something is wrong with the request', async () => {
    const { id } = takeQuiet();
    const put = await request(service.url).put(`/returns/payneteasy/${id}`);
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
    const large = await back(id, { status: 'x'.repeat(100_000) });
    expect(large.status).toBe(413);
    for (const answer of [put, large]) {
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.text).toContain('You can close this page now.');
    }
  });

  test.each(['po_00000000000000000000000000', 'nonsense'])('for %s is answered 404', async (id) => {
    expect((await back(id, signed(id, '1'))).status).toBe(404);
  });

  test('after the form was filled in, the payout is polled immediately and approved', async () => {
    const quick = await startRunningService();
    const { id } = await quick.api.create({ amount: '10.07' });
    const waiting = await quick.api.untilStatus(id, 'awaiting_receiver');
    expect(waiting).toMatchObject({ money_moved: 'unknown', allowed_actions: expect.any(Array) });
    await fillForm(waiting.redirect_url ?? '');
    const paid = await quick.api.untilStatus(id, 'approved');
    expect(paid.redirect_url).toBeNull();
    const kinds = await quick.database.query(
      `select 1 from payout_events where payout_id = $1 and kind = 'receiver_returned'`,
      [id],
    );
    expect(kinds).toHaveLength(1);
    expect(quick.simulator.control.ledger()).toHaveLength(1);
    await quick.close();
  });
});
