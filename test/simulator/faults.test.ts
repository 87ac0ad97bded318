import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/dev/simulator/faults.ts';
import { openOrder, startSimulator, untilStage } from './client.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.close());

/** Pays one order under `fault`: what the caller saw, and whether the bank took the payment. */
async function payUnder(fault: FaultKind) {
  const ids = await openOrder(simulator.client);
  await untilStage(simulator.client, ids, 'payout_check_validated');
  simulator.control.setBehaviour({ faults: [{ command: 'payout-pay', fault }] });
  const seen = await simulator.client.pay(ids).then(
    (reply) => ({ httpStatus: reply.httpStatus, body: reply.body }),
    (error: unknown) => ({ broken: error instanceof Error }),
  );
  const payCommands = simulator.control.order(ids.orderid)?.payCommands;
  const request = simulator.control.requests().findLast(({ command }) => command === 'payout-pay');
  expect(request).toMatchObject({ orderId: ids.orderid, fault });
  expect(simulator.control.behaviour().faults).toEqual([]);
  return { ids, seen, payCommands, result: request?.result };
}

describe('a fault', () => {
  it.each<[FaultKind, number]>([
    ['reset_before', 0],
    ['reset_after', 1],
    ['cut_body', 1],
  ])('%s breaks the connection when the bank has taken %i payments', async (fault, taken) => {
    const { seen, payCommands, result } = await payUnder(fault);
    expect(seen).toEqual({ broken: true });
    expect(payCommands).toBe(taken);
    expect(result).toBe(taken === 0 ? 'no effect' : 'async-response');
  });

  it.each<[FaultKind, number, number]>([
    ['http_403', 403, 0],
    ['http_429', 429, 0],
    ['http_403_after', 403, 1],
    ['http_429_after', 429, 1],
    ['http_500', 500, 1],
    ['html', 200, 1],
  ])('%s answers a page with HTTP %i when the bank has taken %i', async (fault, status, taken) => {
    const { seen, payCommands } = await payUnder(fault);
    expect(seen).toMatchObject({ httpStatus: status });
    expect('body' in seen && seen.body.startsWith('<!doctype html>')).toBe(true);
    expect(payCommands).toBe(taken);
  });

  it('other_order answers about an order that is not the one asked for', async () => {
    const { ids, seen, payCommands } = await payUnder('other_order');
    expect('body' in seen && seen.body).toContain('merchant-order-id=another-order');
    expect('body' in seen && seen.body).not.toContain(ids.orderid);
    expect(payCommands).toBe(1);
  });

  it('hang never answers, though the bank has taken the payment', async () => {
    const lonely = await startSimulator();
    const ids = await openOrder(lonely.client);
    await untilStage(lonely.client, ids, 'payout_check_validated');
    lonely.control.setBehaviour({ faults: [{ command: 'payout-pay', fault: 'hang' }] });
    const hanging = lonely.client.pay(ids).then(
      () => 'answered',
      () => 'cut',
    );
    await untilStage(lonely.client, ids, 'payout_approved');
    const first = await Promise.race([hanging, Promise.resolve('still waiting')]);
    expect(first).toBe('still waiting');
    await lonely.close();
    expect(await hanging).toBe('cut');
  });

  it('hits the requests of its command only, in order, as often as set', async () => {
    simulator.control.setBehaviour({
      faults: [
        { command: 'payout-pay', fault: 'http_500' },
        { command: 'status', fault: 'http_429', times: 2 },
        { command: 'status', fault: 'http_403' },
      ],
    });
    const ids = await openOrder(simulator.client);
    const seen = [];
    for (let time = 0; time < 4; time += 1) {
      seen.push((await simulator.client.status(ids)).httpStatus);
    }
    expect(seen).toEqual([429, 429, 403, 200]);
    expect(simulator.control.behaviour().faults).toMatchObject([{ command: 'payout-pay' }]);
    simulator.control.setBehaviour({ faults: [] });
  });
});
