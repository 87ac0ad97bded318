/**
 * A gateway that fails in every way it can, while it is polled and while it is commanded: the
 * payout goes on by itself once the gateway does, and is paid once.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULT_KINDS } from '../../src/dev/simulator/faults.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

/** A gateway that hangs is given up after this; no other answer takes as long. */
const CALL_TIMEOUT_MS = 150;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow({
    callTimeoutMs: CALL_TIMEOUT_MS,
    behaviour: { payTwiceHappens: true },
  });
});
afterAll(() => world.close());

describe.each(['before payout-pay', 'after payout-pay'])('status requests %s', (when) => {
  test.each(FAULT_KINDS)('that meet %s three times are repeated', async (fault) => {
    const id = await world.create();
    await world.runUntilStatus(id, when === 'before payout-pay' ? 'bank_confirming' : 'processing');
    world.simulator.control.setBehaviour({ faults: [{ command: 'status', fault, times: 3 }] });
    const payout = await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
    expect(payout.attention).toEqual([]);
    const failed = (await world.journal(id)).filter(({ kind }) => kind === 'status_failed');
    expect(failed).toHaveLength(3);
  });
});

test.each(['payout-check', 'payout-pay'] as const)(
  'a %s that hangs has an unknown outcome, and is found by asking',
  async (command) => {
    const id = await world.create();
    world.simulator.control.setBehaviour({ faults: [{ command, fault: 'hang' }] });
    await world.runUntilStatus(id, 'approved');
    const kinds = (await world.journal(id)).map(({ kind }) => kind);
    expect(kinds).toContain(command === 'payout-check' ? 'check_unknown' : 'pay_unknown');
    expect(world.commands(id).filter((call) => call.startsWith(command))).toEqual([
      `${command} hang`,
    ]);
    expect(world.payments(id)).toBe(1);
  },
);

test('refused credentials raise an item, and are forgotten once they are taken again', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  const faults = [{ command: 'status', fault: 'http_403', times: 2 } as const];
  world.simulator.control.setBehaviour({ faults });
  await world.runNext(id);
  expect(await world.attention(id)).toContain('access_refused');
  await world.runUntilStatus(id, 'approved');
  expect(await world.attention(id)).not.toContain('access_refused');
});

test('an amount in the reply that is not ours holds the payout, which can be canceled', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  const { gateway } = await world.payout(id);
  world.simulator.control.setOrder(gateway.orderId ?? '', { amount: '1.00' });
  world.clock.advance(600);
  await world.runFor(id, 3_600_000);
  expect(await world.attention(id)).toContain('amount_mismatch');
  expect(world.commands(id)).toEqual(['payout-check']);
  expect((await world.cancel(id)).status).toBe('canceled');
});

test('an amount that is ours again releases it', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  const { gateway } = await world.payout(id);
  world.simulator.control.setOrder(gateway.orderId ?? '', { amount: '1.00' });
  world.clock.advance(600);
  await world.runFor(id, 60_000);
  expect(await world.attention(id)).toContain('amount_mismatch');
  world.simulator.control.setOrder(gateway.orderId ?? '', { amount: '10.00' });
  await world.runUntilStatus(id, 'approved');
  expect(await world.attention(id)).toEqual([]);
  expect(world.payments(id)).toBe(1);
});

test('approved before payout-pay was sent raises an item and is never paid', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  const { gateway } = await world.payout(id);
  world.simulator.control.setOrder(gateway.orderId ?? '', {
    status: 'approved',
    stage: 'payout_approved',
  });
  await world.runUntilStatus(id, 'processing');
  await world.runFor(id, 24 * 3_600_000);
  expect(await world.attention(id)).toContain('approved_before_pay');
  expect(world.commands(id)).toEqual(['payout-check']);
  await expect(world.cancel(id)).rejects.toMatchObject({ code: 'NOT_CANCELABLE' });
});

test('a gateway that cannot be reached leaves certainty: nothing was sent, and cancel holds', async () => {
  const lonely = await createDrivenFlow();
  await lonely.simulator.close();
  const id = await lonely.create();
  await lonely.runNow();
  expect(await lonely.payout(id)).toMatchObject({ status: 'requested', moneyMoved: 'no' });
  await lonely.runUntil(id, ({ attention }) => attention.length > 0);
  expect(await lonely.attention(id)).toEqual(['not_sent']);
  const kinds = (await lonely.journal(id)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'check_not_sent')).toHaveLength(5);
  expect((await lonely.cancel(id)).status).toBe('canceled');
  await lonely.close();
});
