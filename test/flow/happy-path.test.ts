/**
 * The way of most payouts: the bank confirms, payout-pay leaves once, the gateway says approved.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

test('an automatic payout is confirmed, paid once and approved', async () => {
  const id = await world.create();
  const payout = await world.runUntilStatus(id, 'approved');
  expect(payout).toMatchObject({ moneyMoved: 'yes', attention: [], reason: null });
  expect(payout.gateway.processorTxId).toMatch(/^BANK-/);
  expect(await world.path(id)).toEqual([
    'requested',
    'checking',
    'bank_confirming',
    'bank_confirmed',
    'paying',
    'processing',
    'approved',
  ]);
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
  expect(world.payments(id)).toBe(1);
});

test('the journal holds each step before the next one, with the intent before its call', async () => {
  const id = await world.create();
  const seen: Record<string, string | undefined> = {};
  world.during.beforeBytes = async (command) => {
    seen[command] = (await world.journal(id)).at(-1)?.kind;
  };
  await world.runUntilStatus(id, 'approved');
  world.during.beforeBytes = () => {};
  // What was on disk when the first byte left.
  expect(seen['payout-check']).toBe('check_intended');
  expect(seen['payout-pay']).toBe('pay_intended');
  const kinds = (await world.journal(id)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'status_reported')).toEqual([
    'created',
    'check_intended',
    'check_accepted',
    'pay_intended',
    'pay_accepted',
  ]);
  expect(kinds.at(-1)).toBe('status_reported');
});

test('every change a caller can see gets a version of its own, and times never go back', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'approved');
  const rows = await world.journal(id);
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    if (before === undefined) continue;
    expect(row.at.getTime()).toBeGreaterThanOrEqual(before.at.getTime());
    expect(row.version - before.version).toBe(row.version > before.version ? 1 : 0);
    if (row.status !== before.status) expect(row.version).toBe(before.version + 1);
    expect(row.says).toMatch(/\.$/);
  }
});

test('an approved payout is read hourly for a day and daily to day 15, and then no more', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'approved');
  const atEnd = world.calls(id).length;
  await world.runFor(id, 24 * 3_600_000 + 60_000);
  expect(world.calls(id).length - atEnd).toBe(24);
  await world.runFor(id, 15 * 24 * 3_600_000);
  expect(world.calls(id).length - atEnd).toBe(24 + 14);
  expect((await world.stored(id)).dueAt).toBeNull();
  expect(world.payments(id)).toBe(1);
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
});

test('fifty payouts at the same time are each paid once', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, () => world.create()));
  for (const id of ids) await world.runUntilStatus(id, 'approved');
  const commands = ['payout-check', 'payout-pay'];
  expect(ids.map((id) => world.commands(id))).toEqual(ids.map(() => commands));
  expect(ids.map((id) => world.payments(id))).toEqual(ids.map(() => 1));
});
