/**
 * A gateway whose status replies lag behind what its bank has done, and one that takes no payout.
 */

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openOrder, startSimulator, untilStage } from './client.ts';

const LAG_MS = 60_000;

let simulator: Awaited<ReturnType<typeof startSimulator>>;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterEach(() => void simulator.control.setBehaviour({ statusLagMs: 0, refuseChecks: false }));
afterAll(() => simulator.close());

it('shows an order as it was before the lag, while the bank has gone on', async () => {
  const ids = await openOrder(simulator.client);
  await untilStage(simulator.client, ids, 'payout_check_validated');
  await simulator.client.pay(ids);
  await untilStage(simulator.client, ids, 'payout_approved');
  simulator.control.setBehaviour({ statusLagMs: LAG_MS });
  const { fields } = await simulator.client.status(ids);
  expect(fields).toMatchObject({ status: 'processing', 'order-stage': 'payout_check_validating' });
  expect(fields).not.toHaveProperty('processor-tx-id');
  expect(simulator.control.order(ids.orderid)).toMatchObject({ status: 'approved' });
  simulator.control.setBehaviour({ statusLagMs: 0 });
  expect((await simulator.client.status(ids)).fields).toMatchObject({ status: 'approved' });
});

it('catches up step by step', async () => {
  const ids = await openOrder(simulator.client);
  await untilStage(simulator.client, ids, 'payout_check_validated');
  await simulator.client.pay(ids);
  simulator.control.setBehaviour({ statusLagMs: 300 });
  const stages = new Set<string | undefined>();
  for (;;) {
    const { fields } = await simulator.client.status(ids);
    stages.add(fields['order-stage']);
    if (fields['order-stage'] === 'payout_approved') break;
  }
  expect([...stages].slice(-2)).toEqual(['payout_processing', 'payout_approved']);
});

it('shows immediately what was set by hand', async () => {
  const ids = await openOrder(simulator.client);
  simulator.control.setBehaviour({ statusLagMs: LAG_MS });
  simulator.control.setOrder(ids.orderid, { status: 'declined', stage: 'payout_declined' });
  expect((await simulator.client.status(ids)).fields).toMatchObject({ status: 'declined' });
});

it('refuses every payout-check while it takes no payout, and opens no order', async () => {
  simulator.control.setBehaviour({ refuseChecks: true });
  const before = simulator.control.orders().length;
  const reply = await simulator.client.check({});
  expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': '23' });
  expect(simulator.control.orders()).toHaveLength(before);
});
