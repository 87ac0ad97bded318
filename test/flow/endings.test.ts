/**
 * Every ending the bank can choose, each with the calls to the gateway and what the bank paid.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

const MINUTE_MS = 60_000;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

describe('a payout that is not paid', () => {
  test('is declined when the bank declines the check, without a payout-pay', async () => {
    const id = await world.create(euros(1));
    const payout = await world.runUntilStatus(id, 'declined');
    expect(payout).toMatchObject({
      moneyMoved: 'no',
      reason: { source: 'gateway', code: '101', message: 'The bank does not know this account' },
    });
    expect(await world.path(id)).toEqual(['requested', 'checking', 'bank_confirming', 'declined']);
    expect(world.commands(id)).toEqual(['payout-check']);
    expect(world.payments(id)).toBe(0);
  });

  test('is declined when the gateway refuses payout-check as invalid, and is not polled', async () => {
    const id = await world.create(euros(9));
    const payout = await world.runUntilStatus(id, 'declined');
    expect(payout).toMatchObject({
      moneyMoved: 'no',
      reason: { source: 'gateway', code: '22' },
      gateway: { orderId: null },
    });
    expect((await world.journal(id)).map(({ kind }) => kind)).toEqual([
      'created',
      'check_intended',
      'check_refused',
    ]);
    expect(world.calls(id)).toEqual(['payout-check']);
  });

  test.each([
    ['declined', 2, 'declined', '102'],
    ['filtered', 3, 'filtered', '103'],
    ['failed', 5, 'error', '105'],
  ] as const)('ends after payout-pay as the gateway says: %s', async (_, cents, status, code) => {
    const id = await world.create(euros(cents));
    const payout = await world.runUntilStatus(id, status);
    expect(payout).toMatchObject({ moneyMoved: 'no', reason: { source: 'gateway', code } });
    expect((await world.path(id)).slice(-3)).toEqual(['paying', 'processing', status]);
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(0);
  });
});

describe('an ending that is not one yet', () => {
  test('unknown after payout-pay is polled until it is approved', async () => {
    const id = await world.create(euros(6));
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('declined on one route goes on to the route that pays', async () => {
    const id = await world.create(euros(11));
    await world.runUntilStatus(id, 'approved');
    expect(await world.path(id)).not.toContain('declined');
    expect(world.payments(id)).toBe(1);
  });

  test('a route decline that stays is believed after ten minutes', async () => {
    const id = await world.create(euros(11));
    await world.runUntilStatus(id, 'processing');
    const [order] = world.simulator.control.orders().filter((one) => one.clientOrderId === id);
    const stage = 'payout_chain_declined';
    world.simulator.control.setOrder(order?.orderId ?? '', { status: 'declined', stage });
    const from = world.clock.now();
    await world.runUntilStatus(id, 'declined');
    expect(world.clock.now() - from).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    expect(world.payments(id)).toBe(0);
  });

  test('an error whose result is unknown stays open with urgent attention, and is polled', async () => {
    const id = await world.create(euros(4));
    await world.runUntil(id, ({ attention }) => attention.length > 0);
    expect(await world.attention(id)).toEqual(['gateway_error']);
    const asked = world.calls(id).length;
    await world.runFor(id, 24 * 60 * MINUTE_MS);
    expect(await world.payout(id)).toMatchObject({ status: 'processing', moneyMoved: 'unknown' });
    expect(world.calls(id).length).toBeGreaterThan(asked + 20);
    const [order] = world.simulator.control.orders().filter((one) => one.clientOrderId === id);
    world.simulator.control.setOrder(order?.orderId ?? '', {
      status: 'declined',
      stage: 'payout_declined',
    });
    await world.runUntilStatus(id, 'declined');
    expect(await world.attention(id)).toEqual([]);
  });

  test('a bank that never confirms is polled ever more rarely, and an item is raised', async () => {
    const id = await world.create(euros(8));
    await world.runFor(id, 5 * MINUTE_MS);
    const frequent = world.calls(id).length;
    expect(frequent).toBeGreaterThan(60);
    await world.runFor(id, 55 * MINUTE_MS);
    const rare = world.calls(id).length - frequent;
    expect(rare).toBeGreaterThanOrEqual(5);
    expect(rare).toBeLessThanOrEqual(12);
    await world.runFor(id, 24 * 60 * MINUTE_MS);
    expect(world.calls(id).length - frequent - rare).toBeLessThanOrEqual(25);
    expect(await world.payout(id)).toMatchObject({ status: 'bank_confirming', moneyMoved: 'no' });
    expect(await world.attention(id)).toEqual(['slow']);
    expect(world.commands(id)).toEqual(['payout-check']);
  });
});
