import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as helpers from './client.ts';
import { openOrder, payOrder, QUICK, startReceiver, startSimulator, untilStage } from './client.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  simulator = await startSimulator();
});

beforeEach(() => {
  simulator.control.setBehaviour({ ...QUICK, callbacks: 'on', faults: [] });
});

afterAll(() => simulator.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${simulator.url}/control${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { httpStatus: response.status, text, body: JSON.parse(text) };
}

describe('the lists', () => {
  it('hold one ledger entry for a payment, and the requests that led to it', async () => {
    const { ids } = await payOrder(simulator.client, { amount: '77.70', currency: 'EUR' });
    await untilStage(simulator.client, ids, 'payout_approved');
    const ledger = await call('GET', '/ledger');
    expect(ledger.body).toMatchObject({ total: 1, dropped: 0 });
    const [entry] = ledger.body.entries;
    expect(Object.keys(entry).sort()).toEqual(
      ['amount', 'at', 'clientOrderId', 'currency', 'orderId'].sort(),
    );
    expect(entry).toMatchObject({ orderId: ids.orderid, amount: '77.70', currency: 'EUR' });

    const requests = await call('GET', '/requests');
    const mine = requests.body.entries.filter(
      ({ clientOrderId }: { clientOrderId: string }) => clientOrderId === ids.client_orderid,
    );
    expect(mine[0]).toMatchObject({
      command: 'payout-check',
      endpoint: { form: 'endpoint', id: helpers.ENDPOINT },
      fault: null,
      result: 'async-response',
    });
    expect(mine.at(-1)).toMatchObject({ command: 'status', orderId: ids.orderid });
  });

  it('show an order with its ending and where it stands', async () => {
    const ids = await openOrder(simulator.client, { amount: '3.08' });
    const { body } = await call('GET', '/orders?limit=1');
    expect(body.entries).toMatchObject([
      {
        orderId: ids.orderid,
        clientOrderId: ids.client_orderid,
        status: 'processing',
        stage: 'payout_check_validating',
        ending: 'never_validated',
        formPath: null,
      },
    ]);
    expect(body.total).toBeGreaterThan(1);
  });

  it('never hold receiver data', async () => {
    await openOrder(simulator.client);
    await simulator.client.check({ amount: 'x' });
    await simulator.client.check({}, { tampered: { amount: '2.00' } });
    const lists = ['/ledger', '/orders', '/requests', '/callbacks', '/behaviour'];
    const texts = await Promise.all(lists.map(async (path) => (await call('GET', path)).text));
    for (const canary of [helpers.CANARY_ACCOUNT, 'José', 'Neil', 'Cool bank']) {
      expect(texts.filter((text) => text.includes(canary))).toEqual([]);
    }
  });

  it('refuse a limit out of bounds and an unknown parameter', async () => {
    expect((await call('GET', '/orders?limit=0')).httpStatus).toBe(400);
    expect((await call('GET', '/orders?page=2')).httpStatus).toBe(400);
  });
});

describe('the behaviour', () => {
  it('is merged field by field, lists as a whole', async () => {
    const { body } = await call('PUT', '/behaviour', {
      payDelayMs: 7,
      faults: [{ command: 'status', fault: 'html', times: 2 }],
    });
    expect(body).toMatchObject({
      payDelayMs: 7,
      validateDelayMs: QUICK.validateDelayMs,
      faults: [{ command: 'status', fault: 'html', times: 2 }],
    });
    expect((await call('GET', '/behaviour')).body).toEqual(body);
  });

  it.each<[unknown, string]>([
    [{ speed: 1 }, 'speed'],
    [{ payDelayMs: -1 }, 'payDelayMs'],
    [{ callbacks: 'maybe' }, 'callbacks'],
    [{ callbackRetryDelaysMs: [5, 1] }, 'must not shrink'],
    [{ faults: [{ command: 'status', fault: 'explode' }] }, 'faults.0.fault'],
    [{ faults: [{ command: 'status', fault: 'html', until: 3 }] }, 'until'],
    [[], 'expected record'],
    ['{"payDelayMs":', ''],
  ])('refuses %j, says why and changes nothing', async (patch, problem) => {
    const before = simulator.control.behaviour();
    const { httpStatus, body } = await call('PUT', '/behaviour', patch);
    expect(httpStatus).toBe(400);
    expect(body.problems.join()).toContain(problem);
    expect(simulator.control.behaviour()).toEqual(before);
  });
});

describe('an order set by hand', () => {
  it('replies as it was set to, sends a callback at an end, and pays no one', async () => {
    const receiver = await startReceiver();
    const ids = await openOrder(simulator.client, {
      amount: '4.08',
      server_callback_url: receiver.url,
    });
    const patch = { status: 'approved', stage: 'payout_approved', amount: '4.00' };
    const { httpStatus, body } = await call('POST', `/orders/${ids.orderid}`, patch);
    expect(httpStatus).toBe(200);
    expect(body).toMatchObject(patch);
    const { fields } = await simulator.client.status(ids);
    expect(fields).toMatchObject({ status: 'approved', amount: '4.00' });
    await helpers.until('the callback', () => receiver.received[0]);
    await receiver.close();
    const paid = simulator.control.ledger().filter(({ orderId }) => orderId === ids.orderid);
    expect(paid).toEqual([]);
  });

  it('is refused with an unknown field, a bad amount or an unknown order', async () => {
    const { orderid } = await openOrder(simulator.client);
    const unknown = await call('POST', `/orders/${orderid}`, { state: 'approved' });
    expect(unknown).toMatchObject({ httpStatus: 400 });
    expect(unknown.body.problems.join()).toContain('state');
    const bad = await call('POST', `/orders/${orderid}`, { amount: '1,5' });
    expect(bad.body.problems).toEqual(['amount: must be a positive decimal text']);
    expect((await call('POST', '/orders/1', { amount: '1' })).httpStatus).toBe(404);
  });
});

describe('a callback sent by hand', () => {
  it('shows the present state', async () => {
    const receiver = await startReceiver();
    const ids = await openOrder(simulator.client, {
      amount: '4.08',
      server_callback_url: receiver.url,
    });
    expect((await call('POST', `/callbacks/${ids.orderid}/resend`)).httpStatus).toBe(202);
    const callback = await helpers.until('the callback', () => receiver.received[0]);
    await receiver.close();
    expect(callback.query).toMatchObject({ status: 'processing', orderid: ids.orderid });
    const { body } = await call('GET', '/callbacks?limit=1');
    expect(body.entries).toMatchObject([{ orderId: ids.orderid, answer: 200 }]);
  });

  it('is refused for an unknown order and for one without an address', async () => {
    const { orderid } = await openOrder(simulator.client);
    expect((await call('POST', `/callbacks/${orderid}/resend`)).httpStatus).toBe(409);
    expect((await call('POST', '/callbacks/1/resend')).httpStatus).toBe(404);
  });
});
