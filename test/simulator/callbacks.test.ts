import { afterEach, describe, expect, it } from 'vitest';
import type { Values } from './client.ts';
import {
  CONTROL_KEY,
  openOrder,
  payOrder,
  sha1,
  startReceiver,
  startSimulator,
  until,
  untilStage,
} from './client.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.close()));
});

async function start(answers: number[] = [], behaviour = {}) {
  const simulator = await startSimulator(behaviour);
  const receiver = await startReceiver(answers);
  opened.push(simulator, receiver);
  const untilReceived = (count: number) =>
    until(`${count} callbacks`, () => (receiver.received.length >= count ? true : undefined));
  return { simulator, receiver, untilReceived };
}

const expectedControl = (query: Values) =>
  sha1(`${query['status']}${query['orderid']}${query['client_orderid']}${CONTROL_KEY}`);

describe('a callback', () => {
  it('reports an approved payout by GET with every parameter and a control', async () => {
    const { simulator, receiver, untilReceived } = await start();
    const { ids } = await payOrder(simulator.client, { server_callback_url: receiver.url });
    await untilReceived(1);
    const [callback] = receiver.received;
    expect(callback).toMatchObject({ method: 'GET', path: '/callbacks/payneteasy/default' });
    expect(callback?.query).toMatchObject({
      status: 'approved',
      orderid: ids.orderid,
      client_orderid: ids.client_orderid,
      merchant_order: ids.client_orderid,
      type: 'payout',
      amount: '10.50',
      currency: 'USD',
      descriptor: 'simulator',
      control: expectedControl({ ...ids, status: 'approved' }),
    });
    expect(callback?.query).not.toHaveProperty('error_code');
  });

  it('reports a decline at the check, with its reason, without a status request', async () => {
    const { simulator, receiver, untilReceived } = await start();
    const ids = await openOrder(simulator.client, {
      amount: '7.01',
      server_callback_url: `${receiver.url}?mine=1`,
    });
    await untilReceived(1);
    expect(receiver.received[0]?.query).toMatchObject({
      mine: '1',
      status: 'declined',
      error_code: '101',
      error_message: 'The bank does not know this account',
      control: expectedControl({ ...ids, status: 'declined' }),
    });
  });

  it('comes again until it is answered 200, and redirects do not count', async () => {
    const { simulator, receiver, untilReceived } = await start([500, 302, 404]);
    const { ids } = await payOrder(simulator.client, { server_callback_url: receiver.url });
    await untilReceived(4);
    const attempts = await until('the last attempt', () => {
      const all = simulator.control.callbacks();
      return all.length === 4 ? all : undefined;
    });
    expect(attempts.map(({ attempt, answer }) => [attempt, answer])).toEqual([
      [1, 500],
      [2, 302],
      [3, 404],
      [4, 200],
    ]);
    expect(attempts.every(({ orderId }) => orderId === ids.orderid)).toBe(true);
    expect(receiver.received.every(({ path }) => path !== '/elsewhere')).toBe(true);
  });

  it('is given up after thirty further tries', async () => {
    const refusals = Array.from({ length: 100 }, () => 500);
    const { simulator, receiver, untilReceived } = await start(refusals, {
      callbackRetryDelaysMs: [1],
    });
    await payOrder(simulator.client, { server_callback_url: receiver.url });
    await untilReceived(31);
    // A second order's callback shows that the first one's would have come by now.
    const { ids } = await payOrder(simulator.client, { server_callback_url: receiver.url });
    await untilReceived(62);
    const first = receiver.received.filter(({ query }) => query['orderid'] !== ids.orderid);
    expect(first).toHaveLength(31);
  });

  it('names what went wrong when no one listens', async () => {
    const { simulator, receiver } = await start();
    await receiver.close();
    await payOrder(simulator.client, { server_callback_url: receiver.url });
    const attempts = await until('two attempts', () => {
      const all = simulator.control.callbacks();
      return all.length >= 2 ? all : undefined;
    });
    expect(attempts[0]).toMatchObject({ attempt: 1, answer: 'ECONNREFUSED' });
  });

  it('is not sent while callbacks are off, but can be sent by hand', async () => {
    const { simulator, receiver, untilReceived } = await start([], { callbacks: 'off' });
    const { ids } = await payOrder(simulator.client, { server_callback_url: receiver.url });
    await untilStage(simulator.client, ids, 'payout_approved');
    expect(simulator.control.callbacks()).toHaveLength(0);
    expect(simulator.control.resendCallback(ids.orderid)).toBe('sent');
    await untilReceived(1);
    expect(receiver.received[0]?.query['status']).toBe('approved');
  });

  it('is sent while the status is unclear only once the end is reached', async () => {
    const { simulator, receiver, untilReceived } = await start();
    const body = { server_callback_url: receiver.url };
    await payOrder(simulator.client, { ...body, amount: '5.06' });
    await payOrder(simulator.client, { ...body, amount: '5.11' });
    await untilReceived(2);
    expect(receiver.received.map(({ query }) => query['status'])).toEqual(['approved', 'approved']);
  });
});
