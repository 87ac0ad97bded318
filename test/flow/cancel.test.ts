/**
 * Cancel: it holds at any moment before payout-pay, and is refused from its intent on.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const DAY_MS = 24 * 3_600_000;

test('before payout-check the gateway never hears of it', async () => {
  const id = await world.create();
  const payout = await world.cancel(id);
  expect(payout).toMatchObject({ status: 'canceled', moneyMoved: 'no' });
  expect(payout.reason).toMatchObject({ source: 'platform' });
  await world.runNow();
  expect(world.calls(id)).toEqual([]);
  expect((await world.stored(id)).dueAt).toBeNull();
});

test('while the bank looks at it, it is never paid, and watched', async () => {
  const id = await world.create(euros(8));
  await world.runUntilStatus(id, 'bank_confirming');
  await world.cancel(id);
  await world.runFor(id, DAY_MS);
  expect((await world.payout(id)).status).toBe('canceled');
  expect(world.commands(id)).toEqual(['payout-check']);
  expect(world.calls(id).length).toBeGreaterThan(20);
});

test('a second cancel is the same answer and changes nothing', async () => {
  const id = await world.create();
  const first = await world.cancel(id);
  const second = await world.cancel(id);
  expect(second.version).toBe(first.version);
  expect(await world.path(id)).toEqual(['requested', 'canceled']);
});

test('while payout-check is on its way: canceled, and the order that comes of it is not paid', async () => {
  const id = await world.create();
  world.during.afterAnswer = async (command) => {
    if (command === 'payout-check') await world.cancel(id);
  };
  await world.runNow();
  world.during.afterAnswer = () => {};
  await world.runFor(id, DAY_MS);
  expect((await world.payout(id)).status).toBe('canceled');
  expect(world.commands(id)).toEqual(['payout-check']);
  // The order is bound all the same, so that it can be watched.
  expect((await world.payout(id)).gateway.orderId).not.toBeNull();
});

test('while payout-pay is on its way, and ever after, it is refused', async () => {
  const id = await world.create();
  const refusals: unknown[] = [];
  world.during.beforeBytes = async (command) => {
    if (command === 'payout-pay')
      await world.cancel(id).catch((error: unknown) => refusals.push(error));
  };
  await world.runUntilStatus(id, 'processing');
  world.during.beforeBytes = () => {};
  expect(refusals).toMatchObject([{ code: 'NOT_CANCELABLE' }]);
  await expect(world.cancel(id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
  await world.runUntilStatus(id, 'approved');
  await expect(world.cancel(id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
  expect(world.payments(id)).toBe(1);
});

test('a cancel between the status reply and the pay intent stops payout-pay', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  let canceled = false;
  world.during.afterAnswer = async (command) => {
    if (command !== 'status' || canceled) return;
    const [order] = world.simulator.control.orders().filter((one) => one.clientOrderId === id);
    if (order?.stage !== 'payout_check_validated') return;
    canceled = true;
    await world.cancel(id);
  };
  await world.runUntilStatus(id, 'canceled');
  world.during.afterAnswer = () => {};
  await world.runFor(id, DAY_MS);
  expect(world.commands(id)).toEqual(['payout-check']);
  expect(world.payments(id)).toBe(0);
});

test('of a word and the runner that meet, exactly one wins', async () => {
  const ends = new Set<string>();
  for (let round = 0; round < 30; round += 1) {
    const id = await world.create();
    await world.runUntilStatus(id, 'bank_confirming');
    const { dueAt } = await world.stored(id);
    world.clock.advanceTo((dueAt ?? 0) + 1000);
    await Promise.allSettled([world.runNow(), world.cancel(id), world.cancel(id)]);
    const end = await world.runUntil(id, ({ finalizedAt }) => finalizedAt !== null);
    expect(world.payments(id)).toBe(end.status === 'approved' ? 1 : 0);
    if (end.status === 'canceled') expect(world.commands(id)).toEqual(['payout-check']);
    ends.add(end.status);
  }
  expect([...ends].every((end) => end === 'approved' || end === 'canceled')).toBe(true);
});
