/**
 * Real flow, store and simulated gateway: the row goes back to an earlier state, and the bank does
 * not. What is concluded from the row alone would pay twice, or tell an end that is not true.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { History } from '../../src/payout/model/decision.ts';
import { derivedClientOrderId } from '../../src/store/history/client-order-id.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

const NEVER_MS = 80_000_000;
/** The epoch that begins at this moment of the world's clock. */
const epochNow = (isOpen: boolean): History => ({
  epoch: 2,
  startedAt: world.clock.now(),
  isOpen,
  repliesFrom: 0,
});
const waits = { release: 'on_authorization' } as const;

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow({
    behaviour: { payTwiceHappens: true },
    policy: { payRepeat: false },
  });
  world.app.clientOrderIdOf = (_id, reference) => derivedClientOrderId('test', reference);
});
afterEach(() => world.close());

const backUp = (id: string) =>
  world.database.query(`create table backup as select * from payouts where id = '${id}'`);

async function openEpoch(history: History): Promise<void> {
  world.app.history = () => history;
  await world.database.query('update installation set epoch = 2');
}

async function restore(id: string, history: History = epochNow(true)): Promise<void> {
  const columns = await world.database.query<{ name: string }>(
    `select column_name as name from information_schema.columns
      where table_name = 'payouts' and is_generated = 'NEVER' and column_name <> 'id'`,
  );
  const list = columns.map(({ name }) => `"${name}"`).join(', ');
  await world.database.query(
    `update payouts p set (${list}) = (select ${list} from backup) where id = '${id}'`,
  );
  await world.database.query(
    `update payouts set revision = revision + 1000000, version = version + 1000000,
      due_at = '${new Date(world.clock.now()).toISOString()}' where id = '${id}'`,
  );
  await openEpoch(history);
}

const letters = async (id: string): Promise<string> =>
  (await world.payout(id)).tracking.lettersSent;

/** A payout that the bank is paying, and whose row is back at bank_confirmed. */
async function restoredWhilePaying(cents = 0): Promise<string> {
  world.simulator.control.setBehaviour({ payDelayMs: NEVER_MS });
  const id = await world.create({ ...waits, ...euros(cents) });
  await world.runUntilStatus(id, 'bank_confirmed');
  await backUp(id);
  await world.authorize(id);
  await world.runUntilStatus(id, 'processing');
  await world.runFor(id, 60_000);
  await restore(id);
  return id;
}

test('what the bank is paying is not canceled after a restore', async () => {
  const id = await restoredWhilePaying();
  await world.cancel(id).catch(() => undefined);
  await world.runNow();
  const { status } = await world.payout(id);
  world.clock.advance(NEVER_MS);
  await world.runFor(id, 1000);
  expect([status, await letters(id), world.payments(id)]).toEqual([expect.anything(), '', 1]);
});

test('nor does it expire', async () => {
  const id = await restoredWhilePaying();
  world.clock.advance(NEVER_MS);
  world.simulator.control.setBehaviour({ payDelayMs: NEVER_MS });
  const { expiresAt } = (await world.payout(id)).authorization;
  world.clock.advanceTo((expiresAt ?? 0) + 1);
  const order = world.simulator.control.orders()[0];
  world.simulator.control.setOrder(order?.orderId ?? '', {
    status: 'processing',
    stage: 'payout_processing',
  });
  await world.runNow();
  expect(await letters(id)).toBe('');
});

test('a payout created anew, whose first life is paid, is not notified with C', async () => {
  const reference = 'lost-1';
  const first = await world.create({ reference });
  await world.runUntilStatus(first, 'approved');
  await world.database.query('delete from payout_events');
  await world.database.query('delete from payouts');
  await openEpoch(epochNow(true));
  const again = await world.create({ reference });
  await world.cancel(again).catch(() => undefined);
  const { clientOrderId } = await world.payout(again);
  const paid = world.simulator.control.ledger().filter((e) => e.clientOrderId === clientOrderId);
  expect([await letters(again), paid.length]).toEqual(['', 1]);
});

async function createdAnewWithOneFalseRefusal(unique: boolean): Promise<string> {
  const reference = 'lost-2';
  const first = await world.create({ reference });
  await world.runUntilStatus(first, 'approved');
  await world.database.query('delete from payout_events');
  await world.database.query('delete from payouts');
  await openEpoch(epochNow(false));
  world.simulator.control.setBehaviour({ uniqueClientOrderId: unique });
  const { client } = world.app.endpoints.get('default') ?? {};
  if (client === undefined) throw new Error('no endpoint');
  const { status } = client;
  // One lookup is refused: a lagging replica, or a control key that is fixed a moment later.
  client.status = async (ids) => {
    const called = await status(ids);
    client.status = status;
    return { ...called, verdict: { kind: 'refused', code: '1', message: 'not found' } };
  };
  const again = await world.create({ reference });
  await world.runUntil(
    again,
    ({ finalizedAt, attention }) => finalizedAt !== null || attention.length > 0,
  );
  return again;
}

test('created anew, one refused lookup, the gateway takes two: paid once', async () => {
  const again = await createdAnewWithOneFalseRefusal(false);
  const { clientOrderId } = await world.payout(again);
  const paid = world.simulator.control.ledger().filter((e) => e.clientOrderId === clientOrderId);
  expect(paid.length).toBe(1);
});

test('created anew, one refused lookup, the gateway refuses the second: no J', async () => {
  const again = await createdAnewWithOneFalseRefusal(true);
  expect(await letters(again)).not.toContain('J');
});

/** Another replica notices the loss now; this one learns of it once it looks. */
async function otherOpensEpoch(): Promise<void> {
  const history = epochNow(true);
  await world.database.query('update installation set epoch = 2');
  await world.database.query('update payouts set revision = revision + 1000000');
  world.app.refreshHistory = async () => {
    world.app.history = () => history;
  };
}

test('a refused payout-check that meets the new epoch of another replica: no J', async () => {
  const reference = 'lost-3';
  const first = await world.create({ reference });
  await world.runUntilStatus(first, 'approved');
  await world.database.query('delete from payout_events');
  await world.database.query('delete from payouts');
  const again = await world.create({ reference });
  world.simulator.control.setBehaviour({ uniqueClientOrderId: true });
  world.during.afterAnswer = async (command) => {
    if (command === 'payout-check') await otherOpensEpoch();
  };
  await world.runNow();
  expect([(await world.payout(again)).tracking.check.made, await letters(again)]).toEqual([1, '']);
});

test('a lost payout-pay under a status that lags 8 s is not paid next to it', async () => {
  const id = await world.create(waits);
  await world.runUntilStatus(id, 'bank_confirmed');
  await world.runFor(id, 20_000);
  await backUp(id);
  world.simulator.control.setBehaviour({ statusLagMs: 8000, payDelayMs: 0 });
  await world.authorize(id);
  await world.runUntilStatus(id, 'processing');
  // The failover: the epoch is opened and ended immediately, and the platform authorizes again.
  await restore(id, epochNow(false));
  await world.authorize(id);
  for (let step = 0; step < 8; step += 1) {
    await world.runNow();
    world.clock.advance(500);
  }
  await world.runFor(id, 20_000);
  expect(world.payments(id)).toBe(1);
});

test('a payout-pay that is under way while its intent is lost: no C', async () => {
  const id = await world.create(waits);
  await world.runUntilStatus(id, 'bank_confirmed');
  await backUp(id);
  await world.authorize(id);
  world.during.beforeBytes = async (command) => {
    if (command !== 'payout-pay') return;
    delete world.during.beforeBytes;
    // Handed to the socket; the server that had the intent is gone, another replica goes on.
    await restore(id);
    await world.cancel(id).catch(() => undefined);
    await world.runOther();
  };
  for (let step = 0; step < 8; step += 1) {
    await world.runNow();
    world.clock.advance(500);
  }
  expect(await letters(id)).not.toMatch(/[CJ]/);
  expect(world.payments(id)).toBe(1);
});

test('restored while paying, then an unknown result: no J', async () => {
  const id = await restoredWhilePaying(4);
  world.clock.advance(NEVER_MS);
  await world.runNow();
  expect(await letters(id)).not.toContain('J');
});
