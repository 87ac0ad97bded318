/**
 * Payouts that a client has to release: never paid without it, once with it.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AUTHORIZATION_EXPIRY_MS,
  createDrivenFlow,
  type DrivenFlow,
  euros,
} from '../support/driven-flow.ts';

const HOUR_MS = 3_600_000;
const onAuthorization = { release: 'on_authorization' } as const;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

test('it waits after the bank confirmed, however long, and is paid once it is authorized', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  const asked = world.calls(id).length;
  await world.runFor(id, 48 * HOUR_MS);
  expect(world.commands(id)).toEqual(['payout-check']);
  expect(await world.attention(id)).toEqual([]);
  // Hourly, and nothing more: only an authorization is waited for.
  expect(world.calls(id).length - asked).toBeLessThanOrEqual(48);

  await world.authorize(id);
  const payout = await world.runUntilStatus(id, 'approved');
  expect(payout.authorization.by).toBe('desk');
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
  expect(world.payments(id)).toBe(1);
});

test('payout-pay rests on a status reply asked after the authorization', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  const kinds = (await world.journal(id)).map(({ kind }) => kind);
  const between = kinds.slice(kinds.indexOf('authorized') + 1, kinds.indexOf('pay_intended'));
  expect(between).toContain('status_reported');
});

test('an authorization before the bank confirmed releases it as soon as the bank does', async () => {
  const id = await world.create(onAuthorization);
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('an authorization given twice, or ten times at the same time, pays once', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  const answers = await Promise.all(Array.from({ length: 10 }, () => world.authorize(id)));
  expect(new Set(answers.map(({ version }) => version)).size).toBe(1);
  await world.runUntilStatus(id, 'approved');
  await world.authorize(id);
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
});

test('without an authorization it expires in time, is never paid, and cannot be authorized then', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  const { createdAt } = await world.payout(id);
  const payout = await world.runUntilStatus(id, 'expired');
  expect(world.clock.now() - createdAt).toBeGreaterThanOrEqual(AUTHORIZATION_EXPIRY_MS);
  expect(world.clock.now() - createdAt).toBeLessThan(AUTHORIZATION_EXPIRY_MS + HOUR_MS);
  expect(payout).toMatchObject({ moneyMoved: 'no', reason: { source: 'expiry' } });
  await expect(world.authorize(id)).rejects.toMatchObject({ code: 'NOT_AUTHORIZABLE' });
  expect(world.payments(id)).toBe(0);
});

test('an authorization after expires_at is refused also where no runner came by', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  world.clock.advance(AUTHORIZATION_EXPIRY_MS);
  await expect(world.authorize(id)).rejects.toMatchObject({ code: 'NOT_AUTHORIZABLE' });
  await world.runUntilStatus(id, 'expired');
  expect(world.commands(id)).toEqual(['payout-check']);
});

test('a confirmation of more than 72 hours ago is paid on an authorization that came after that', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  await world.runFor(id, 73 * HOUR_MS);
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('cancel and authorize at the same moment: one of them holds, and what is paid was authorized', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await world.create({ ...onAuthorization, ...euros(0) });
    await world.runUntilStatus(id, 'bank_confirmed');
    await Promise.allSettled([world.authorize(id), world.cancel(id), world.runNow()]);
    const end = await world.runUntil(id, ({ finalizedAt }) => finalizedAt !== null);
    expect(world.payments(id)).toBe(end.status === 'approved' ? 1 : 0);
    expect(['approved', 'canceled']).toContain(end.status);
  }
});
