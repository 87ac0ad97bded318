import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as helpers from './client.ts';
import { ENDPOINT, GROUP, LOGIN, openOrder, payOrder, startSimulator } from './client.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.close());

const untilStage = (ids: helpers.Values, stage: string, options?: helpers.CallOptions) =>
  helpers.untilStage(simulator.client, ids, stage, options);

describe('payout-check', () => {
  it('answers an accepted order as form text with a newline after every value', async () => {
    const reply = await simulator.client.check({ client_orderid: 'form-1' });
    expect(reply.httpStatus).toBe(200);
    expect(reply.contentType).toBe('text/html;charset=utf-8');
    const id = reply.fields['paynet-order-id'] ?? '';
    const serial = reply.fields['serial-number'] ?? '';
    expect(id).toMatch(/^\d+$/);
    expect(serial).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(reply.body).toBe(
      `type=async-response\n&merchant-order-id=form-1\n&paynet-order-id=${id}\n` +
        `&end-point-id=${ENDPOINT}\n&serial-number=${serial}\n`,
    );
  });

  it('answers flat JSON to a caller that asks for it', async () => {
    const reply = await simulator.client.check({ client_orderid: 'json-1' }, { json: true });
    expect(reply.contentType).toContain('application/vnd.pay+json');
    expect(JSON.parse(reply.body)).toMatchObject({
      type: 'async-response',
      'merchant-order-id': 'json-1',
      'end-point-id': ENDPOINT,
    });
  });

  it('takes a login in the body and does not look at it', async () => {
    const reply = await simulator.client.check({ login: LOGIN });
    expect(reply.fields['type']).toBe('async-response');
  });

  it.each([
    [{ client_orderid: '' }, 'client_orderid'],
    [{ client_orderid: 'x'.repeat(129) }, 'client_orderid'],
    [{ amount: '' }, 'amount'],
    [{ amount: '1,50' }, 'amount'],
    [{ amount: '0.00' }, 'amount'],
    [{ amount: '12345678.90' }, 'amount'],
    [{ currency: 'usd' }, 'currency'],
    [{ account_number: '' }, 'account_number'],
    [{ account_number: '1'.repeat(256) }, 'account_number'],
    [{ credit_card_number: '4444x' }, 'credit_card_number'],
    [{ order_desc: 'x'.repeat(65) }, 'order_desc'],
    [{ server_callback_url: 'ftp://example.com' }, 'server_callback_url'],
    [{ redirect_url: `https://example.com/${'x'.repeat(120)}` }, 'redirect_url'],
  ])('refuses %j and names the field', async (body, field) => {
    const asForm = await simulator.client.check(body);
    expect(asForm.httpStatus).toBe(200);
    expect(asForm.fields).toMatchObject({ type: 'validation-error', 'error-code': '20' });
    expect(asForm.fields['error-message']).toContain(field);
    const asJson = await simulator.client.check(body, { json: true });
    expect(asJson.httpStatus).toBe(400);
    expect(JSON.parse(asJson.body)).toMatchObject({ type: 'validation-error', 'error-code': 20 });
  });

  it.each([{ credit_card_number: '4444333322221111' }, { 'destination-card-ref-id': '123' }])(
    'takes %j instead of an account number',
    async (body) => {
      const reply = await simulator.client.check({ account_number: '', ...body });
      expect(reply.fields['type']).toBe('async-response');
    },
  );

  it('takes one client_orderid twice, and refuses that when set to', async () => {
    const first = await openOrder(simulator.client, { client_orderid: 'twice' });
    const second = await openOrder(simulator.client, { client_orderid: 'twice' });
    expect(second.orderid).not.toBe(first.orderid);
    const newest = await simulator.client.status({ client_orderid: 'twice' });
    expect(newest.fields['paynet-order-id']).toBe(second.orderid);
    simulator.control.setBehaviour({ uniqueClientOrderId: true });
    const third = await simulator.client.check({ client_orderid: 'twice' });
    simulator.control.setBehaviour({ uniqueClientOrderId: false });
    expect(third.fields).toMatchObject({ type: 'validation-error', 'error-code': '21' });
  });

  it("refuses an endpoint that is not the merchant's", async () => {
    const reply = await simulator.client.check({}, { endpoint: '1' });
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': '12' });
    const asGroup = await simulator.client.check({}, { endpoint: `group/${ENDPOINT}` });
    expect(asGroup.fields).toMatchObject({ type: 'validation-error', 'error-code': '12' });
  });
});

describe('a signature that cannot be believed', () => {
  it.each<[string, helpers.CallOptions]>([
    ['no header', { authorization: '' }],
    ['another scheme', { authorization: 'Bearer x' }],
    ['an unknown merchant', { oauth: { oauth_consumer_key: 'nobody' } }],
    ['no consumer key', { oauth: { oauth_consumer_key: '' } }],
    ['another method', { oauth: { oauth_signature_method: 'HMAC-SHA1' } }],
    ['an old timestamp', { oauth: { oauth_timestamp: '1500000000' } }],
    ['a nonce without end', { oauth: { oauth_nonce: 'n'.repeat(129) } }],
    ['a body changed on the way', { tampered: { amount: '99.00' } }],
    ['a broken escape', { authorization: 'OAuth oauth_nonce="%zz"' }],
  ])('gets 403 with a Date header: %s', async (_name, options) => {
    const ordersBefore = simulator.control.orders().length;
    const reply = await simulator.client.check({}, options);
    expect(reply.httpStatus).toBe(403);
    expect(Number.isNaN(Date.parse(reply.date ?? ''))).toBe(false);
    expect(simulator.control.orders()).toHaveLength(ordersBefore);
  });

  it('gets 403 when a whole request is replayed', async () => {
    const body = { client_orderid: 'x', orderid: '1', login: LOGIN };
    const path = `/paynet/api/v4/payout-pay/${ENDPOINT}`;
    const authorization = helpers.authorize(simulator.url + path, body);
    const first = await simulator.client.pay(body, { authorization });
    expect(first.fields['type']).toBe('validation-error');
    const second = await simulator.client.pay(body, { authorization });
    expect(second.httpStatus).toBe(403);
    expect(second.fields['error-message']).toContain('oauth_nonce');
  });
});

describe('status', () => {
  it('follows an order through the bank to the payment', async () => {
    const ids = await openOrder(simulator.client, { amount: '12.34', currency: 'EUR' });
    const fresh = await simulator.client.status(ids);
    expect(fresh.fields).toMatchObject({
      type: 'status-response',
      'merchant-order-id': ids.client_orderid,
      'paynet-order-id': ids.orderid,
      status: 'processing',
      amount: '12.34',
      currency: 'EUR',
      'transaction-type': 'payout',
    });
    await untilStage(ids, 'payout_check_validated');
    expect((await simulator.client.pay(ids)).fields).toMatchObject({
      type: 'async-response',
      'paynet-order-id': ids.orderid,
    });
    const end = await untilStage(ids, 'payout_approved');
    expect(end).toMatchObject({ status: 'approved', 'processor-tx-id': `BANK-${ids.orderid}` });
    expect(end).not.toHaveProperty('error-code');
  });

  it('shows payout_check_validating and payout_processing on the way', async () => {
    simulator.control.setBehaviour({ validateDelayMs: 300, payDelayMs: 300 });
    const ids = await openOrder(simulator.client);
    await untilStage(ids, 'payout_check_validating');
    await untilStage(ids, 'payout_check_validated');
    await simulator.client.pay(ids);
    expect(await untilStage(ids, 'payout_processing')).toMatchObject({ status: 'processing' });
    simulator.control.setBehaviour(helpers.QUICK);
    await untilStage(ids, 'payout_approved');
  });

  it('writes the same as JSON, with a number as order id', async () => {
    const ids = await openOrder(simulator.client);
    const reply = await simulator.client.status(ids, { json: true });
    expect(reply.contentType).toContain('application/vnd.pay+json');
    expect(JSON.parse(reply.body)['paynet-order-id']).toBe(Number(ids.orderid));
  });

  it.each<[string, helpers.Values, helpers.CallOptions, string]>([
    ['a wrong control', {}, { control: '0'.repeat(40) }, '11'],
    ['no control', {}, { control: '' }, '11'],
    ['an unknown login', { login: 'nobody' }, {}, '10'],
    ['an unknown order', { orderid: '123' }, {}, '30'],
    ["another order's client_orderid", { client_orderid: 'other' }, {}, '30'],
    ['the group form', {}, { endpoint: GROUP }, '31'],
    ['another endpoint of the merchant', {}, { endpoint: '39916' }, '31'],
    ["another merchant's endpoint", {}, { endpoint: '1' }, '12'],
  ])('refuses %s', async (_name, body, options, code) => {
    const ids = await openOrder(simulator.client);
    const reply = await simulator.client.status({ ...ids, ...body }, options);
    expect(reply.httpStatus).toBe(200);
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': code });
    const asJson = await simulator.client.status({ ...ids, ...body }, { ...options, json: true });
    expect(asJson.httpStatus).toBe(400);
  });

  it('refuses a client_orderid that no order has', async () => {
    const reply = await simulator.client.status({ client_orderid: 'never-sent' });
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': '30' });
  });
});

describe('payout-pay', () => {
  it('works in the group form from check to payment', async () => {
    const { ids, reply } = await payOrder(simulator.client, {}, { endpoint: GROUP });
    expect(reply.fields['type']).toBe('async-response');
    await untilStage(ids, 'payout_approved', { endpoint: GROUP });
  });

  it('is refused before the bank has confirmed', async () => {
    const ids = await openOrder(simulator.client, { amount: '5.08' });
    const reply = await simulator.client.pay(ids);
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': '40' });
  });

  it.each<[string, helpers.Values, helpers.CallOptions, string]>([
    ['the other form of the path', {}, { endpoint: GROUP }, '31'],
    ['another client_orderid', { client_orderid: 'other' }, {}, '30'],
    ['no orderid', { orderid: '' }, {}, '20'],
    ['no login', { login: '' }, {}, '20'],
  ])('is refused with %s', async (_name, body, options, code) => {
    const ids = await openOrder(simulator.client);
    await untilStage(ids, 'payout_check_validated');
    const reply = await simulator.client.pay({ ...ids, ...body }, options);
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': code });
  });

  it('pays once however often it is sent', async () => {
    const { ids } = await payOrder(simulator.client);
    expect((await simulator.client.pay(ids)).fields['error-code']).toBe('41');
    await untilStage(ids, 'payout_approved');
    expect((await simulator.client.pay(ids)).fields['error-code']).toBe('41');
    expect(ledgerOf(ids.orderid)).toHaveLength(1);
  });

  it('pays again when set to, which the ledger shows', async () => {
    simulator.control.setBehaviour({ payTwiceHappens: true });
    const { ids } = await payOrder(simulator.client);
    expect((await simulator.client.pay(ids)).fields['type']).toBe('async-response');
    await untilStage(ids, 'payout_approved');
    expect(ledgerOf(ids.orderid)).toHaveLength(2);
    expect((await simulator.client.pay(ids)).fields['type']).toBe('async-response');
    expect(ledgerOf(ids.orderid)).toHaveLength(3);
    simulator.control.setBehaviour({ payTwiceHappens: false });
  });
});

function ledgerOf(orderId: string) {
  return simulator.control.ledger().filter((entry) => entry.orderId === orderId);
}
