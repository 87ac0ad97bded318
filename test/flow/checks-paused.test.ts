/**
 * Many new payouts that the gateway refuses in a row: each refusal ends one, so the rest wait until
 * somebody mended the cause.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { resumePayments } from '../../src/flow/pause-payments.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

/** Cents at which the simulated gateway refuses payout-check as invalid. */
const REFUSED = euros(9);
const REFUSALS_MAX = 20;
const MINUTE_MS = 60_000;

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow();
});
afterEach(() => world.close());

async function refuseMany(): Promise<void> {
  for (let count = 0; count < REFUSALS_MAX; count += 1) {
    const id = await world.create(REFUSED);
    await world.runNow();
    expect(await world.payout(id)).toMatchObject({ status: 'declined' });
  }
}

test('after twenty refusals in a row new payouts wait with attention, and nothing is sent', async () => {
  await refuseMany();
  const id = await world.create();
  await world.runNow();
  expect(await world.payout(id)).toMatchObject({
    status: 'requested',
    attention: [{ code: 'checks_paused' }],
  });
  expect(world.calls(id)).toEqual([]);
  expect((await world.stored(id)).dueAt).toBeGreaterThan(world.clock.now());
});

test('payouts that the gateway has already go on to their end meanwhile', async () => {
  const id = await world.create();
  await world.runNow();
  await refuseMany();
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('a later one goes through as a probe, and once it is taken the others follow', async () => {
  await refuseMany();
  const ids = await Promise.all(Array.from({ length: 3 }, () => world.create()));
  await world.runNow();
  expect(world.simulator.control.orders()).toHaveLength(0);
  for (const id of ids) await world.runUntilStatus(id, 'approved');
  for (const id of ids) expect((await world.payout(id)).attention).toEqual([]);
});

test('while every probe is refused, few payouts are lost to them', async () => {
  await refuseMany();
  const ids = await Promise.all(Array.from({ length: 12 }, () => world.create(REFUSED)));
  const end = world.clock.now() + 60 * MINUTE_MS;
  while (world.clock.now() < end) {
    world.clock.advance(MINUTE_MS / 2);
    await world.runNow();
  }
  const states = await Promise.all(ids.map(async (id) => (await world.payout(id)).status));
  const lost = states.filter((status) => status === 'declined').length;
  expect(lost).toBeGreaterThanOrEqual(3);
  expect(lost).toBeLessThanOrEqual(6);
  expect(states.filter((status) => status === 'requested')).toHaveLength(12 - lost);
});

test('resuming lets all of them through at once', async () => {
  await refuseMany();
  const ids = await Promise.all(Array.from({ length: 3 }, () => world.create()));
  await world.runNow();
  world.clock.advance(1000);
  await resumePayments(world.flow, { by: 'Ada', reason: null });
  await world.runNow();
  for (const id of ids) expect(world.commands(id)).toEqual(['payout-check']);
});

test('one that waits can be canceled', async () => {
  await refuseMany();
  const id = await world.create();
  await world.runNow();
  expect(await world.cancel(id)).toMatchObject({ status: 'canceled', attention: [] });
});
