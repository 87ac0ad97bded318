/**
 * Callbacks are hints: kept once, and answered by a status request that alone decides.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeCallback } from '../../src/flow/gateway/take-callback.ts';
import { takeReturn } from '../../src/flow/gateway/take-return.ts';
import { HINTS_MAX } from '../../src/payout/policy/hints.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const inbox = (id: string) =>
  world.database.query('select * from callbacks where client_order_id = $1 order by id', [id]);

const hints = async (id: string) =>
  (await world.journal(id)).filter(({ kind }) => kind === 'callback_received').length;

const nothingChanged = async (id: string, act: () => Promise<unknown>) => {
  const before = await world.stored(id);
  await act();
  const after = await world.stored(id);
  expect(after).toEqual(before);
};

describe('a verified callback', () => {
  test('decides nothing by itself: it makes the next status request due immediately', async () => {
    const id = await world.create(euros(8));
    await world.runFor(id, 10 * 60_000);
    const asked = world.calls(id).length;
    expect(await world.callback(id, { status: 'approved' })).toEqual({ kind: 'stored' });
    expect((await world.payout(id)).status).toBe('bank_confirming');
    expect((await world.stored(id)).dueAt).toBe(world.clock.now());
    await world.runNow();
    expect(world.calls(id).length).toBe(asked + 1);
    expect(await world.payout(id)).toMatchObject({ status: 'bank_confirming', moneyMoved: 'no' });
  });

  test('brings the end in immediately where it is true', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    world.clock.advance(600);
    await world.callback(id);
    await world.runNow();
    expect((await world.payout(id)).status).toBe('approved');
    expect(world.payments(id)).toBe(1);
  });

  test('that comes before our own reply to payout-check is saved costs nothing', async () => {
    const id = await world.create(euros(1));
    world.during.afterAnswer = async (command) => {
      if (command !== 'payout-check') return;
      world.clock.advance(600);
      expect(await world.callback(id, { status: 'declined' })).toEqual({ kind: 'stored' });
    };
    await world.runNow();
    world.during.afterAnswer = () => {};
    await world.runNext(id);
    expect((await world.payout(id)).status).toBe('declined');
    const kinds = (await world.journal(id)).map(({ kind }) => kind);
    expect(kinds.slice(1, 4)).toEqual(['check_intended', 'callback_received', 'check_accepted']);
  });

  test('that comes before our own reply to payout-pay is saved costs nothing', async () => {
    const id = await world.create();
    world.during.afterAnswer = async (command) => {
      if (command !== 'payout-pay') return;
      world.clock.advance(600);
      await world.callback(id);
    };
    await world.runUntilStatus(id, 'approved');
    world.during.afterAnswer = () => {};
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
    expect(world.payments(id)).toBe(1);
  });

  test('sent twice is kept once and answered both times', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    expect(await world.callback(id)).toEqual({ kind: 'stored' });
    expect(await world.callback(id)).toEqual({ kind: 'repeated' });
    expect(await inbox(id)).toHaveLength(1);
    expect(await hints(id)).toBe(1);
  });

  test('sent ten times at the same time is kept once', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    const taken = await Promise.all(Array.from({ length: 10 }, () => world.callback(id)));
    expect(taken.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
    expect(taken.filter(({ kind }) => kind === 'repeated')).toHaveLength(9);
    expect(await inbox(id)).toHaveLength(1);
    await world.runUntilStatus(id, 'approved');
    expect(world.payments(id)).toBe(1);
  });

  test('late by days about an ended payout is journaled, polled, and changes nothing', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'approved');
    await world.runFor(id, 3 * 24 * 3_600_000);
    const asked = world.calls(id).length;
    expect(await world.callback(id)).toEqual({ kind: 'stored' });
    await world.runNow();
    expect(world.calls(id).length).toBe(asked + 1);
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
    expect(await world.attention(id)).toEqual([]);
  });

  test('that contradicts the end raises nothing before the gateway itself says so', async () => {
    const id = await world.create();
    const ended = await world.runUntilStatus(id, 'approved');
    await world.callback(id, { status: 'declined' });
    await world.runNow();
    expect(await world.attention(id)).toEqual([]);
    world.simulator.control.setOrder(ended.gateway.orderId ?? '', {
      status: 'declined',
      stage: 'payout_declined',
    });
    await world.runNext(id);
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'unknown' });
    expect(await world.attention(id)).toEqual(['final_contradicted']);
  });

  test('of a later event raises attention and moves no money state', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'approved');
    expect(await world.callback(id, { type: 'chargeback' })).toEqual({ kind: 'stored' });
    await world.runNow();
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
    expect(await world.attention(id)).toEqual(['later_event_reported']);
  });

  test('keeps nothing that was not signed but one short word; the status reply decides', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    const text = 'x'.repeat(2000);
    await world.callback(id, {
      amount: '99999.00',
      currency: 'JPY',
      error_message: text,
      type: text,
    });
    expect(await inbox(id)).toMatchObject([{ amount: null, currency: null, type: null }]);
    const kept = JSON.stringify([await inbox(id), await world.journal(id)]);
    expect(kept).not.toContain('xxx');
    expect(kept).not.toContain('99999');
    await world.runUntilStatus(id, 'approved');
    expect(await world.attention(id)).toEqual([]);
  });

  test('for an order that is not ours is kept, and answered as any other', async () => {
    const stranger = 'po_01kxxxxxxxxxxxxxxxxxxxxxxx';
    expect(await world.callback(stranger, { orderid: '77' })).toEqual({ kind: 'unknown_order' });
    expect(await inbox(stranger)).toMatchObject([{ payout_id: null, order_id: '77' }]);
    expect(await world.callback(stranger, { orderid: '77' })).toEqual({ kind: 'repeated' });
  });

  test('that names another order of ours than the bound one shows a second order', async () => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const { gateway } = await world.payout(id);
    await world.callback(id, { orderid: '4711', status: 'processing' });
    await world.runNow();
    expect((await world.payout(id)).gateway.orderId).toBe(gateway.orderId);
    expect(await world.attention(id)).toEqual(['second_order']);
  });
});

describe('a caller that holds what the gateway signed once', () => {
  test('changes nothing by sending it again with other unsigned fields', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    await world.callback(id);
    await nothingChanged(id, async () => {
      for (const type of ['sale', 'payout', 'x', '']) {
        expect(await world.callback(id, { type, amount: type })).toEqual({ kind: 'repeated' });
      }
      expect(await world.callback(id, { status: 'Approved' })).toEqual({ kind: 'repeated' });
    });
    expect(await hints(id)).toBe(1);
  });

  test('reports a later event once, whatever it is called, and nothing by its repeats', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'processing');
    await world.callback(id);
    expect(await world.callback(id, { type: 'chargeback' })).toEqual({ kind: 'stored' });
    expect(await world.attention(id)).toEqual(['later_event_reported']);
    await nothingChanged(id, async () => {
      for (const type of ['reversal', 'chargeback', 'refund']) {
        expect(await world.callback(id, { type })).toEqual({ kind: 'repeated' });
      }
    });
  });

  test('raises nothing urgent and blocks no payment with a type that is not signed', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'bank_confirming');
    await world.callback(id, { status: 'processing', type: 'chargeback' });
    expect(await world.attention(id)).toEqual(['later_event_reported']);
    await world.runUntilStatus(id, 'approved');
    expect(world.payments(id)).toBe(1);
  });

  test('moves no digit from our id or into it', async () => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const { gateway, clientOrderId } = await world.payout(id);
    const order = gateway.orderId ?? '';
    const query = world.signed({ status: 'processing', orderid: order, id: clientOrderId });
    query.set('orderid', order.slice(0, -1));
    query.set('client_orderid', `${order.at(-1)}${clientOrderId}`);
    query.set('merchant_order', `${order.at(-1)}${clientOrderId}`);
    await nothingChanged(id, async () => {
      const taken = await takeCallback(world.app, 'default', { query, body: null });
      expect(taken).toEqual({ kind: 'unknown_order' });
    });
    expect(await inbox(query.get('client_orderid') ?? '')).toEqual([]);
  });
});

describe('another order in a callback', () => {
  test('of a final payout is reported, and nothing urgent', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'approved');
    await world.callback(id, { orderid: '4712', status: 'declined' });
    await world.runNow();
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
    expect(await world.attention(id)).toEqual(['later_event_reported']);
  });
});

describe('a callback that brings nothing new', () => {
  test('right after another one is kept and brings no status request forward', async () => {
    const id = await world.create(euros(8));
    await world.runFor(id, 10 * 60_000);
    expect(await world.callback(id, { status: 'processing' })).toEqual({ kind: 'stored' });
    await nothingChanged(id, async () => {
      expect(await world.callback(id, { status: 'unknown' })).toEqual({ kind: 'stored' });
    });
    expect(await inbox(id)).toHaveLength(2);
    world.clock.advance(5000);
    await world.callback(id, { status: 'pending' });
    expect(await hints(id)).toBe(2);
  });

  test('is kept only once hints have run out, but the end of the order is still heard', async () => {
    const id = await world.create(euros(8));
    await world.runFor(id, 10 * 60_000);
    const word = (index: number) => `s_${'a'.repeat(index)}`;
    for (let index = 0; index < HINTS_MAX + 5; index += 1) {
      world.clock.advance(10_000);
      await world.callback(id, { status: word(index) });
    }
    expect(await hints(id)).toBe(HINTS_MAX);
    expect(await inbox(id)).toHaveLength(HINTS_MAX + 5);
    await world.runFor(id, 10 * 60_000);
    await world.callback(id, { status: 'declined' });
    expect(await hints(id)).toBe(HINTS_MAX + 1);
    expect((await world.stored(id)).dueAt).toBe(world.clock.now());
  });
});

describe("a return of the receiver's browser", () => {
  const returnOf = async (id: string, status = 'processing') => {
    const { gateway, clientOrderId } = await world.payout(id);
    const body = world.signed({ status, orderid: gateway.orderId ?? '', id: clientOrderId });
    return takeReturn(world.app, id, { query: new URLSearchParams(), body });
  };
  const returns = async (id: string) =>
    (await world.journal(id)).filter(({ kind }) => kind === 'receiver_returned').length;

  test('is an event once for each signed status; again it only leads on', async () => {
    const id = await world.create({ ...euros(8), returnUrl: 'https://shop.example/done' });
    await world.runFor(id, 10 * 60_000);
    expect((await returnOf(id)).kind).toBe('redirect');
    expect((await world.stored(id)).dueAt).toBe(world.clock.now());
    await nothingChanged(id, async () => {
      for (let again = 0; again < 5; again += 1) {
        expect((await returnOf(id)).kind).toBe('redirect');
      }
    });
    expect(await returns(id)).toBe(1);
    await returnOf(id, 'approved');
    expect(await returns(id)).toBe(2);
  });

  test('ten times at the same time is one event', async () => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const taken = await Promise.all(Array.from({ length: 10 }, () => returnOf(id)));
    expect(taken.map(({ kind }) => kind)).toEqual(taken.map(() => 'page'));
    expect(await returns(id)).toBe(1);
  });
});

describe('a callback that is refused changes nothing', () => {
  test.each([
    ['a wrong control', { control: 'f'.repeat(40) }],
    ['an empty control', { control: '' }],
    ['an empty status', { status: '' }],
    ['an empty order id', { orderid: '' }],
  ])('with %s', async (_, changes) => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    await nothingChanged(id, async () => {
      expect((await world.callback(id, changes)).kind).toBe('refused');
    });
    expect(await inbox(id)).toEqual([]);
  });

  test('with a status that was changed after it was signed', async () => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const { gateway } = await world.payout(id);
    const signed = world.signed({ status: 'declined', orderid: gateway.orderId ?? '', id });
    signed.set('status', 'approved');
    await nothingChanged(id, async () => {
      const taken = await takeCallback(world.app, 'default', { query: signed, body: null });
      expect(taken.kind).toBe('refused');
    });
  });

  test('with a parameter sent twice', async () => {
    const id = await world.create(euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const { gateway } = await world.payout(id);
    const signed = world.signed({ status: 'approved', orderid: gateway.orderId ?? '', id });
    signed.append('status', 'declined');
    await nothingChanged(id, async () => {
      const taken = await takeCallback(world.app, 'default', { query: signed, body: null });
      expect(taken).toEqual({ kind: 'refused', reason: 'repeated_parameter' });
    });
    expect(await inbox(id)).toEqual([]);
  });

  test('for an endpoint that is not configured', async () => {
    const query = world.signed({ status: 'approved', orderid: '1', id: 'po_1' });
    const taken = await takeCallback(world.app, 'other', { query, body: null });
    expect(taken).toEqual({ kind: 'refused', reason: 'unknown_endpoint' });
  });
});

test('a callback about a status of a later sort is one more, not a repeat', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  await world.callback(id, { status: 'processing' });
  await world.callback(id, { status: 'approved' });
  expect((await inbox(id)).map((row) => row['status'])).toEqual(['processing', 'approved']);
});
