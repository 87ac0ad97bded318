/**
 * payout-pay without an answer: polled, never repeated on a guess, repeated at most once.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import type { FaultKind } from '../../src/dev/simulator/faults.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';
import { DAY_MS, FINISHED_AFTER_MS, planFault, receivedAt } from './unanswered.ts';

const QUIET_MS = 600_000;

let world: DrivenFlow;
let careful: DrivenFlow;
beforeAll(async () => {
  // A second payout-pay would move the money again, and so show in the ledger.
  const behaviour: BehaviourPatch = { payTwiceHappens: true };
  world = await createDrivenFlow({ behaviour });
  careful = await createDrivenFlow({ behaviour, policy: { payRepeat: false } });
});
afterAll(async () => {
  await world.close();
  await careful.close();
});

const plan = (fault: FaultKind, times = 1, at: DrivenFlow = world) =>
  planFault(at, 'payout-pay', fault, times);

const sentAt = (id: string, command: string) => receivedAt(world, id, command);

test.each(['reset_after', 'cut_body', 'html', 'http_500', 'other_order'] as const)(
  'what was paid before %s is found paid, and nothing is repeated',
  async (fault) => {
    const id = await world.create();
    plan(fault);
    await world.runUntilStatus(id, 'paying');
    const payout = await world.runUntilStatus(id, 'approved');
    expect(payout.moneyMoved).toBe('yes');
    expect(world.commands(id)).toEqual(['payout-check', `payout-pay ${fault}`]);
    expect(world.payments(id)).toBe(1);
    expect((await world.journal(id)).map(({ kind }) => kind)).toContain('pay_unknown');
  },
);

test('what was declined after an unanswered payout-pay is declined once it can no longer arrive', async () => {
  const id = await world.create(euros(2));
  plan('reset_after');
  await world.runUntilStatus(id, 'declined');
  const [paidAt = 0] = sentAt(id, 'payout-pay');
  const { finalizedAt } = await world.payout(id);
  expect((finalizedAt ?? 0) - paidAt).toBeGreaterThanOrEqual(FINISHED_AFTER_MS - 100);
  expect(world.payments(id)).toBe(0);
});

test('a payout-pay that was lost is repeated once, after equal replies over the quiet period', async () => {
  const id = await world.create();
  plan('reset_before');
  await world.runUntilStatus(id, 'paying');
  expect((await world.payout(id)).moneyMoved).toBe('unknown');
  await world.runUntilStatus(id, 'approved');
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay reset_before', 'payout-pay']);
  expect(world.payments(id)).toBe(1);
  const [first = 0, second = 0] = sentAt(id, 'payout-pay');
  expect(second - first).toBeGreaterThanOrEqual(FINISHED_AFTER_MS + QUIET_MS - 100);
  const replies = sentAt(id, 'status').filter(
    (at) => at > first + FINISHED_AFTER_MS && at < second,
  );
  expect(replies.length).toBeGreaterThanOrEqual(3);
});

test('a repeat that is lost too is left to the operator: there is no third payout-pay', async () => {
  const id = await world.create();
  plan('reset_before', 2);
  await world.runUntil(id, ({ attention }) => attention.length > 0);
  expect(await world.attention(id)).toEqual(['pay_outcome_unknown']);
  await world.runFor(id, DAY_MS);
  expect(world.commands(id)).toEqual([
    'payout-check',
    'payout-pay reset_before',
    'payout-pay reset_before',
  ]);
  expect(await world.payout(id)).toMatchObject({ status: 'paying', moneyMoved: 'unknown' });
  await expect(world.cancel(id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
});

test('where repeating is forbidden, a lost payout-pay is left to the operator immediately', async () => {
  const id = await careful.create();
  plan('reset_before', 1, careful);
  await careful.runUntil(id, ({ attention }) => attention.length > 0);
  expect(await careful.attention(id)).toEqual(['pay_outcome_unknown']);
  await careful.runFor(id, DAY_MS);
  expect(careful.commands(id)).toEqual(['payout-check', 'payout-pay reset_before']);
  expect(careful.payments(id)).toBe(0);
});

test.each(['http_403', 'http_429'] as const)(
  'payout-pay rejected with %s is unknown: it is repeated after the quiet period, and not before',
  async (fault) => {
    const id = await world.create();
    plan(fault);
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', `payout-pay ${fault}`, 'payout-pay']);
    const [first = 0, second = 0] = sentAt(id, 'payout-pay');
    expect(second - first).toBeGreaterThanOrEqual(world.app.policy.repeatQuietMs);
    expect(world.payments(id)).toBe(1);
  },
);

test('where repeating is forbidden, a payout-pay rejected with 403 is left to the operator', async () => {
  const id = await careful.create();
  plan('http_403', 1, careful);
  await careful.runUntil(id, ({ attention }) =>
    attention.some(({ code }) => code === 'pay_outcome_unknown'),
  );
  expect(careful.commands(id)).toEqual(['payout-check', 'payout-pay http_403']);
});

test('status replies about another order while payout-pay is unknown decide nothing', async () => {
  const id = await world.create();
  world.simulator.control.setBehaviour({
    faults: [
      { command: 'payout-pay', fault: 'reset_before' },
      { command: 'status', fault: 'other_order', times: 1000 },
    ],
  });
  // Every reply so far was about another order, so there is nothing to pay on.
  await world.runFor(id, 3_600_000);
  expect(world.commands(id)).toEqual(['payout-check']);
  world.simulator.control.setBehaviour({ faults: [] });
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});
