/**
 * The pause: nothing is paid while it lasts, everything else goes on, and resuming brings every
 * held payout forward.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { pausePayments, paymentsPause, resumePayments } from '../../src/flow/api/pause-payments.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const HOUR_MS = 3_600_000;

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow();
});
afterEach(() => world.close());

const ada = { by: 'Ada', key: 'desk' };
const grace = { by: 'Grace', key: 'grace-key' };
const pause = (reason: string | null = null) => pausePayments(world.app, { ...ada, reason });
const resume = () => resumePayments(world.app, { ...grace, reason: null });

test('it is off at first, and shows who switched it, when and why', async () => {
  expect(await paymentsPause(world.app)).toMatchObject({ paused: false });
  const since = world.clock.now();
  const on = { paused: true, ...ada, since, reason: 'wrong rates' };
  expect(await pause('wrong rates')).toEqual(on);
  world.clock.advance(1000);
  expect(await resume()).toEqual({ paused: false, ...grace, since: since + 1000, reason: null });
});

test('pausing again keeps the first name, time and reason', async () => {
  const first = await pause('wrong rates');
  world.clock.advance(1000);
  expect(await pausePayments(world.app, { ...grace, reason: 'other' })).toEqual(first);
});

test('while it lasts payouts are checked and polled, shown as paused, and never paid', async () => {
  await pause();
  const id = await world.create();
  await world.runUntil(id, ({ attention }) => attention.some(({ code }) => code === 'paused'));
  const asked = world.calls(id).length;
  await world.runFor(id, 24 * HOUR_MS);
  expect(await world.payout(id)).toMatchObject({ status: 'bank_confirmed' });
  expect(world.calls(id).length).toBeGreaterThan(asked + 10);
  expect(world.commands(id)).toEqual(['payout-check']);
});

test('resuming makes every held payout due immediately, which is polled and then paid', async () => {
  await pause();
  const ids = await Promise.all(Array.from({ length: 5 }, () => world.create()));
  for (const id of ids) {
    await world.runUntil(id, ({ attention }) => attention.some(({ code }) => code === 'paused'));
  }
  for (const id of ids) await world.runFor(id, 5 * HOUR_MS);
  await resume();
  for (const id of ids) {
    expect((await world.stored(id)).dueAt).toBe(world.clock.now());
    expect(world.commands(id)).toEqual(['payout-check']);
  }
  const resumedAt = world.clock.now();
  for (const id of ids) {
    const payout = await world.runUntilStatus(id, 'approved');
    expect(payout.attention).toEqual([]);
    const kinds = (await world.journal(id)).filter(({ at }) => at.getTime() >= resumedAt);
    expect(kinds.map(({ kind }) => kind).slice(0, 3)).toEqual([
      'resumed',
      'status_reported',
      'pay_intended',
    ]);
    expect(world.payments(id)).toBe(1);
  }
});

test('a held payout that is just being polled when payments resume is paid immediately too', async () => {
  await pause();
  const id = await world.create();
  await world.runUntil(id, ({ attention }) => attention.some(({ code }) => code === 'paused'));
  await world.runFor(id, 5 * HOUR_MS);
  let isResumed = false;
  world.during.afterAnswer = async () => {
    if (isResumed) return;
    isResumed = true;
    await resume();
  };
  await world.runNext(id);
  const resumedAt = world.clock.now();
  await world.runUntilStatus(id, 'approved');
  expect(world.clock.now() - resumedAt).toBeLessThan(60_000);
});

test('resuming leaves the due time of payouts that nothing holds', async () => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  const { dueAt } = await world.stored(id);
  await pause();
  await resume();
  expect((await world.stored(id)).dueAt).toBe(dueAt);
});

test('a pause that comes between the claim and the intent holds the payout all the same', async () => {
  let isPaused = false;
  world.during.afterAnswer = async (command) => {
    if (command !== 'status' || isPaused) return;
    isPaused = true;
    await pause();
  };
  const id = await world.create();
  await world.runFor(id, HOUR_MS);
  expect(await world.payout(id)).toMatchObject({ status: 'bank_confirmed' });
  expect(world.payments(id)).toBe(0);
});

test('a held payout can be canceled', async () => {
  await pause();
  const id = await world.create();
  await world.runUntil(id, ({ attention }) => attention.some(({ code }) => code === 'paused'));
  expect(await world.cancel(id)).toMatchObject({ status: 'canceled' });
});
