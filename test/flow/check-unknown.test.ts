/**
 * payout-check without an answer: looked up by our own id, and sent a second time only after the
 * gateway has been saying for a while that it knows no such order.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultKind } from '../../src/dev/simulator/faults.ts';
import { releaseCheck } from '../../src/flow/api/command-payout.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';
import { DAY_MS, FINISHED_AFTER_MS, planFault, receivedAt } from './unanswered.ts';

/** Of payout-check, which moves no money. */
const QUIET_MS = 60_000;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const plan = (fault: FaultKind, times = 1, command: 'payout-check' | 'status' = 'payout-check') =>
  planFault(world, command, fault, times);

const sentAt = (id: string, command: string) => receivedAt(world, id, command);

test.each(['reset_after', 'cut_body', 'html', 'http_500', 'other_order'] as const)(
  'the order that was made before %s is found, bound and paid once',
  async (fault) => {
    const id = await world.create();
    plan(fault);
    await world.runNow();
    expect(await world.payout(id)).toMatchObject({ status: 'checking', moneyMoved: 'no' });
    const payout = await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual([`payout-check ${fault}`, 'payout-pay']);
    expect(world.simulator.control.order(payout.gateway.orderId ?? '')?.clientOrderId).toBe(id);
    expect(world.payments(id)).toBe(1);
    const kinds = (await world.journal(id)).map(({ kind }) => kind);
    expect(kinds.slice(1, 4)).toEqual(['check_intended', 'check_unknown', 'status_reported']);
  },
);

test('a payout-check that was lost is repeated once, after the quiet period', async () => {
  const id = await world.create();
  plan('reset_before');
  await world.runUntilStatus(id, 'approved');
  expect(world.commands(id)).toEqual(['payout-check reset_before', 'payout-check', 'payout-pay']);
  expect(world.payments(id)).toBe(1);
  const [first = 0, second = 0] = sentAt(id, 'payout-check');
  expect(second - first).toBeGreaterThanOrEqual(FINISHED_AFTER_MS + QUIET_MS);
  const lookups = sentAt(id, 'status').filter(
    (at) => at > first + FINISHED_AFTER_MS && at < second,
  );
  expect(lookups.length).toBeGreaterThanOrEqual(5);
  expect(await world.attention(id)).toEqual([]);
});

test('where no order is known yet, refused lookups prove nothing: the operator allows the repeat', async () => {
  const fresh = await createDrivenFlow();
  const id = await fresh.create();
  planFault(fresh, 'payout-check', 'reset_before');
  await fresh.runUntil(id, ({ attention }) =>
    attention.some(({ code }) => code === 'check_outcome_unknown'),
  );
  await fresh.runFor(id, DAY_MS);
  expect(fresh.commands(id)).toEqual(['payout-check reset_before']);
  await releaseCheck(fresh.app, { payoutId: id, by: 'operator', key: 'desk', ifVersion: null });
  await fresh.runUntilStatus(id, 'approved');
  expect(fresh.commands(id)).toEqual(['payout-check reset_before', 'payout-check', 'payout-pay']);
  await fresh.close();
});

test('the repeat that is lost too is not repeated: an item is raised, and the payout is polled', async () => {
  const id = await world.create();
  plan('reset_before', 2);
  await world.runFor(id, DAY_MS);
  expect(world.commands(id)).toEqual(['payout-check reset_before', 'payout-check reset_before']);
  expect((await world.payout(id)).status).toBe('checking');
  expect(await world.attention(id)).toContain('check_outcome_unknown');
  const asked = world.calls(id).length;
  await world.runFor(id, DAY_MS);
  expect(world.calls(id).length).toBeGreaterThan(asked);
  expect(world.commands(id)).toHaveLength(2);
});

test.each(['http_403', 'http_429'] as const)(
  'a payout-check answered with %s declines nothing; what never arrived is repeated once',
  async (fault) => {
    const id = await world.create();
    plan(fault);
    await world.runNow();
    expect((await world.payout(id)).status).toBe('checking');
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual([`payout-check ${fault}`, 'payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  },
);

test('lookups that fail never count as "knows none"', async () => {
  const id = await world.create();
  const faults = (['http_403', 'http_429', 'http_500', 'html', 'reset_before'] as const).map(
    (fault) => ({ command: 'status' as const, fault, times: 2000 }),
  );
  for (const fault of faults) {
    const lost = { command: 'payout-check' as const, fault: 'reset_before' as const, times: 1 };
    world.simulator.control.setBehaviour({ faults: fault === faults[0] ? [lost, fault] : [fault] });
    await world.runFor(id, 3 * 3_600_000);
  }
  expect(world.commands(id)).toEqual(['payout-check reset_before']);
  expect((await world.payout(id)).status).toBe('checking');
  // The gateway is back, and says by itself that it has no such order.
  world.simulator.control.setBehaviour({ faults: [] });
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('canceled while it is looked up, it is not repeated', async () => {
  const id = await world.create();
  plan('reset_before');
  await world.runNow();
  await world.cancel(id);
  await world.runFor(id, DAY_MS);
  expect(world.commands(id)).toEqual(['payout-check reset_before']);
  expect((await world.payout(id)).status).toBe('canceled');
});

test('a refusal of the repeated check declines nothing, since the first may have arrived', async () => {
  const id = await world.create();
  plan('reset_before');
  await world.runNow();
  world.simulator.control.setBehaviour({ uniqueClientOrderId: true });
  // The lost request is delivered after all, just before the repeat.
  world.during.beforeBytes = async (command) => {
    if (command !== 'payout-check') return;
    world.during.beforeBytes = () => {};
    const { payout, details } = await world.stored(id);
    const endpoint = world.app.endpoints.get(payout.endpoint);
    const receiver = JSON.parse(world.app.seal.open(id, details.receiver));
    const order = { clientOrderId: id, money: payout.money, receiver };
    await endpoint?.client
      .preparePayoutCheck({
        ...order,
        callbackUrl: endpoint.callbackUrl,
        redirectUrl: 'http://127.0.0.1:9/',
      })
      .send(() => true);
  };
  await world.runUntilStatus(id, 'approved');
  world.simulator.control.setBehaviour({ uniqueClientOrderId: false });
  expect((await world.journal(id)).map(({ kind }) => kind)).toContain('check_refused');
  expect(world.payments(id)).toBe(1);
});
