/** Every magic amount, driven to its end over HTTP: what status says and what was really paid. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Values } from './client.ts';
import { openOrder, payOrder, startSimulator, untilStage } from './client.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.close());

function paymentsOf(ids: Values) {
  return simulator.control.ledger().filter((entry) => entry.orderId === ids['orderid']);
}

describe('after payout-pay', () => {
  it.each([
    ['10.00', 'payout_approved', 'approved', 1],
    ['10.50', 'payout_approved', 'approved', 1],
    ['10.02', 'payout_declined', 'declined', 0],
    ['10.03', 'payout_filtered', 'filtered', 0],
    ['10.04', 'payout_error', 'error', 0],
    ['10.05', 'payout_failed', 'error', 0],
  ])('%s ends at %s with status %s and %i payments', async (amount, stage, status, payments) => {
    const { ids } = await payOrder(simulator.client, { amount });
    const end = await untilStage(simulator.client, ids, stage);
    expect(end['status']).toBe(status);
    expect('error-message' in end).toBe(status !== 'approved');
    expect('processor-tx-id' in end).toBe(status === 'approved');
    expect(paymentsOf(ids)).toHaveLength(payments);
  });

  it.each([
    ['10.06', 'payout_unknown', 'unknown'],
    ['10.11', 'payout_chain_declined', 'declined'],
  ])(
    '%s shows %s with status %s for a while and is then approved',
    async (amount, stage, status) => {
      const { ids } = await payOrder(simulator.client, { amount });
      const unclear = await untilStage(simulator.client, ids, stage);
      expect(unclear['status']).toBe(status);
      expect(paymentsOf(ids)).toHaveLength(0);
      const end = await untilStage(simulator.client, ids, 'payout_approved');
      expect(end['status']).toBe('approved');
      expect(end).not.toHaveProperty('error-message');
      expect(paymentsOf(ids)).toMatchObject([
        { clientOrderId: ids.client_orderid, amount, currency: 'USD' },
      ]);
    },
  );
});

describe('at payout-check', () => {
  it('10.01 is declined without anything to pay', async () => {
    const ids = await openOrder(simulator.client, { amount: '10.01' });
    const end = await untilStage(simulator.client, ids, 'payout_declined');
    expect(end).toMatchObject({ status: 'declined', 'error-code': '101' });
    expect((await simulator.client.pay(ids)).fields['type']).toBe('validation-error');
    expect(paymentsOf(ids)).toHaveLength(0);
  });

  it('10.08 is never validated until it is done by hand', async () => {
    const ids = await openOrder(simulator.client, { amount: '10.08' });
    const later = await openOrder(simulator.client);
    await untilStage(simulator.client, later, 'payout_check_validated');
    const { fields } = await simulator.client.status(ids);
    expect(fields).toMatchObject({
      status: 'processing',
      'order-stage': 'payout_check_validating',
    });
    simulator.control.setOrder(ids.orderid, { stage: 'payout_check_validated' });
    await simulator.client.pay(ids);
    await untilStage(simulator.client, ids, 'payout_approved');
    expect(paymentsOf(ids)).toHaveLength(1);
  });

  it('10.09 is a validation-error, and there is no order', async () => {
    const reply = await simulator.client.check({ client_orderid: 'invalid', amount: '10.09' });
    expect(reply.fields).toMatchObject({ type: 'validation-error', 'error-code': '22' });
    const status = await simulator.client.status({ client_orderid: 'invalid' });
    expect(status.fields['error-code']).toBe('30');
  });
});

describe('time', () => {
  it('moves orders by the clock it is given, however late they are looked at', async () => {
    let now = Date.now();
    const slow = { validateDelayMs: 60_000, payDelayMs: 60_000 };
    const frozen = await startSimulator(slow, () => now);
    const ids = await openOrder(frozen.client);
    now += 59_999;
    const before = await frozen.client.status(ids);
    expect(before.fields['order-stage']).toBe('payout_check_validating');
    now += 1;
    const after = await frozen.client.status(ids);
    expect(after.fields['order-stage']).toBe('payout_check_validated');
    await frozen.client.pay(ids, { oauth: { oauth_timestamp: String(Math.floor(now / 1000)) } });
    const paidAt = new Date(now + 60_000).toISOString();
    now += 90_000;
    const end = await frozen.client.status(ids);
    expect(end.fields['status']).toBe('approved');
    expect(frozen.control.ledger()).toMatchObject([{ orderId: ids.orderid, at: paidAt }]);
    await frozen.close();
  });
});
