/**
 * Many new payouts that the gateway refuses in a row: each refusal ends one, so the rest wait until
 * an operator fixed the cause.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { resumePayments } from '../../src/flow/api/pause-payments.ts';
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

test('resuming lets all of them through immediately', async () => {
  await refuseMany();
  const ids = await Promise.all(Array.from({ length: 3 }, () => world.create()));
  await world.runNow();
  world.clock.advance(1000);
  await resumePayments(world.app, { by: 'Ada', key: 'desk', reason: null });
  await world.runNow();
  for (const id of ids) expect(world.commands(id)).toEqual(['payout-check']);
});

test('many that are due at the same time are not declined beyond the twentieth', async () => {
  const ids = await Promise.all(Array.from({ length: 60 }, () => world.create(REFUSED)));
  await world.runNow();
  const payouts = await Promise.all(ids.map((id) => world.payout(id)));
  expect(payouts.filter(({ status }) => status === 'declined')).toHaveLength(REFUSALS_MAX);
  const held = payouts.filter(({ status }) => status === 'requested');
  expect(held).toHaveLength(60 - REFUSALS_MAX);
  for (const { attention } of held) expect(attention).toMatchObject([{ code: 'checks_paused' }]);
});

test('nor are they where the gateway worked until now', async () => {
  const good = await world.create();
  await world.runNow();
  expect(world.commands(good)).toEqual(['payout-check']);
  const ids = await Promise.all(Array.from({ length: 60 }, () => world.create(REFUSED)));
  await world.runNow();
  const states = await Promise.all(ids.map(async (id) => (await world.payout(id)).status));
  expect(states.filter((status) => status === 'declined')).toHaveLength(REFUSALS_MAX);
});

test('after a start one goes first, and the others wait without a new version', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => world.create()));
  const checked: string[] = [];
  let whileFirst: { version: number; attention: unknown }[] = [];
  world.during.beforeBytes = async (command) => {
    if (command !== 'payout-check') return;
    checked.push(command);
    if (checked.length > 1) return;
    // Whatever another replica finds due now waits as well: it has just started, too.
    const others = await Promise.all(ids.map((id) => world.payout(id)));
    whileFirst = others.filter(({ status }) => status === 'requested');
  };
  await world.runNow();
  expect(whileFirst).toHaveLength(4);
  for (const { version, attention } of whileFirst) {
    expect(version).toBe(1);
    expect(attention).toEqual([]);
  }
  for (const id of ids) expect(world.commands(id)).toEqual(['payout-check']);
});

test('one whose turn has not come is left for a second, and nothing of it changes', async () => {
  const ids = await Promise.all([world.create(), world.create()]);
  const breaker = world.app.endpoints.get('default')?.checks;
  // The one that goes first: its answer is not there yet.
  expect(await breaker?.begin(0)).toBe('go');
  // As for one that was claimed before: a claim itself leaves them where they are.
  const claimRoom = { ...breaker, room: () => 50 };
  Object.assign(world.app.endpoints.get('default') ?? {}, { checks: claimRoom });
  const from = world.clock.now();
  await world.runNow();
  for (const id of ids) {
    const { payout, dueAt, revision } = await world.stored(id);
    expect(payout).toMatchObject({ status: 'requested', version: 1, attention: [] });
    expect({ dueAt, revision }).toEqual({ dueAt: from + 1000, revision: 1 });
  }
  await breaker?.report('accepted');
  breaker?.end();
  world.clock.advance(1000);
  await world.runNow();
  for (const id of ids) expect(world.commands(id)).toEqual(['payout-check']);
});

test('three starts decline twenty and one more for each, not twenty for each', async () => {
  const ids = await Promise.all(Array.from({ length: 60 }, () => world.create(REFUSED)));
  await world.runNow();
  for (const _start of [2, 3]) {
    world.restartBreaker();
    ids.push(await world.create(REFUSED), await world.create(REFUSED));
    await world.runNow();
  }
  const states = await Promise.all(ids.map(async (id) => (await world.payout(id)).status));
  expect(states.filter((status) => status === 'declined')).toHaveLength(REFUSALS_MAX + 2);
});

test('refusals over many starts open it, and the first one after a start may close it', async () => {
  for (let count = 0; count < REFUSALS_MAX; count += 1) {
    world.restartBreaker();
    await world.create(REFUSED);
    await world.runNow();
  }
  const held = await world.create();
  await world.runNow();
  expect(await world.attention(held)).toEqual(['checks_paused']);
  expect(world.commands(held)).toEqual([]);
  world.restartBreaker();
  const next = await world.create();
  await world.runNow();
  expect(world.commands(next)).toEqual(['payout-check']);
  await world.runNext(held);
  expect(world.commands(held)).toEqual(['payout-check']);
});

test('one that waits can be canceled', async () => {
  await refuseMany();
  const id = await world.create();
  await world.runNow();
  expect(await world.cancel(id)).toMatchObject({ status: 'canceled', attention: [] });
});
