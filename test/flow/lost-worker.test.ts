/**
 * Workers that are paused or killed at the worst moment, with another replica that takes over: what
 * is started is fenced, what was answered is recorded by any worker that has it.
 */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../support/driven-endpoint.ts';
import { createDrivenFlow, type DrivenFlow, ReplicaCrash } from '../support/driven-flow.ts';

const LEASE_MS = 6000;
const SEND_BEFORE_MS = 5000;
const QUIET_MS = 600_000;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow({ behaviour: { payTwiceHappens: true } });
});
afterEach(() => {
  delete world.during.beforeBytes;
  delete world.during.afterAnswer;
});
afterAll(() => world.close());

/** Steps into the next call of this command, once. */
function once(
  moment: 'beforeBytes' | 'afterAnswer',
  wanted: Command,
  act: () => void | Promise<void>,
): void {
  world.during[moment] = async (command) => {
    if (command !== wanted) return;
    delete world.during[moment];
    await act();
  };
}

const kinds = async (id: string): Promise<string[]> =>
  (await world.journal(id)).map(({ kind }) => kind);

describe('a worker paused between its intent and the socket', () => {
  test.each(['payout-check', 'payout-pay'] as const)(
    'sends no %s after send_before, and the payout is paid once all the same',
    async (command) => {
      const id = await world.create();
      once('beforeBytes', command, () => world.clock.advance(SEND_BEFORE_MS + 1));
      await world.runUntilStatus(id, 'approved');
      const event = command === 'payout-check' ? 'check_not_sent' : 'pay_not_sent';
      expect(await kinds(id)).toContain(event);
      expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
      expect(world.payments(id)).toBe(1);
    },
  );

  test('for longer than its lease sends nothing when it goes on, also next to a replica that took over', async () => {
    const id = await world.create();
    once('beforeBytes', 'payout-pay', async () => {
      world.clock.advance(LEASE_MS + 1000);
      await world.runOther();
      expect((await world.payout(id)).status).toBe('paying');
    });
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('five times in a row raises attention, and the payout is paid in the end', async () => {
    const id = await world.create();
    let pauses = 0;
    world.during.beforeBytes = (command) => {
      if (command !== 'payout-pay' || pauses === 5) return;
      pauses += 1;
      world.clock.advance(SEND_BEFORE_MS + 1);
    };
    await world.runUntil(id, ({ attention }) => attention.length > 0);
    expect(await world.attention(id)).toEqual(['not_sent']);
    await world.runUntilStatus(id, 'approved');
    expect(await world.attention(id)).toEqual([]);
    expect(world.payments(id)).toBe(1);
  });
});

describe('a worker that lost its lease', () => {
  test('commits no intent: what another replica paid meanwhile is paid once', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'bank_confirming');
    world.clock.advance(600);
    once('afterAnswer', 'status', async () => {
      world.clock.advance(LEASE_MS + 1000);
      await world.runOther();
    });
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('still records what it was answered', async () => {
    const id = await world.create();
    once('afterAnswer', 'payout-check', async () => {
      world.clock.advance(LEASE_MS + 1000);
      await world.runOther();
    });
    await world.runNow();
    expect(await kinds(id)).toContain('check_accepted');
    expect((await world.payout(id)).gateway.orderId).not.toBeNull();
    await world.runUntilStatus(id, 'approved');
    expect(world.payments(id)).toBe(1);
  });

  test('a stale status reply of the lost worker takes nothing back', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'bank_confirming');
    world.clock.advance(600);
    once('afterAnswer', 'status', async () => {
      world.clock.advance(LEASE_MS + 1000);
      await world.runOther();
      world.clock.advance(600);
      await world.callback(id);
      await world.runOther();
      expect((await world.payout(id)).status).toBe('approved');
    });
    await world.runNext(id);
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
    expect((await world.journal(id)).at(-1)?.says).toMatch(/stale|Watched/);
  });
});

describe('a worker that is killed', () => {
  const crash = (): never => {
    throw new ReplicaCrash();
  };

  test('no replica touches its payout before its lease has run out', async () => {
    const id = await world.create();
    once('beforeBytes', 'payout-check', crash);
    await world.runNow();
    const asked = world.calls(id).length;
    world.clock.advance(LEASE_MS - 100);
    await world.runOther();
    expect(world.calls(id)).toHaveLength(asked);
    world.clock.advance(200);
    await world.runOther();
    expect(world.calls(id).length).toBeGreaterThan(asked);
  });

  test('after payout-pay left: the next one finds it paid and sends nothing', async () => {
    const id = await world.create();
    once('afterAnswer', 'payout-pay', crash);
    await world.runUntilStatus(id, 'paying');
    world.clock.advance(LEASE_MS + 1);
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('between the intent and payout-pay: it is repeated once, after the quiet period', async () => {
    const id = await world.create();
    once('beforeBytes', 'payout-pay', crash);
    await world.runUntilStatus(id, 'paying');
    const at = world.clock.now();
    world.clock.advance(LEASE_MS + 1);
    await world.runUntilStatus(id, 'approved');
    expect(world.clock.now() - at).toBeGreaterThan(QUIET_MS);
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('between the intent and payout-check: it is repeated once, after the quiet period', async () => {
    const id = await world.create();
    once('beforeBytes', 'payout-check', crash);
    await world.runNow();
    expect((await world.payout(id)).status).toBe('checking');
    world.clock.advance(LEASE_MS + 1);
    await world.runUntilStatus(id, 'approved');
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });
});
