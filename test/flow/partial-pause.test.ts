/**
 * The pause of one endpoint, currency or API key: it holds what it names, on every replica, and
 * nothing else.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  partialPauses,
  pausePartOfPayments,
  pausePayments,
  resumePartOfPayments,
  resumePayments,
} from '../../src/flow/api/pause-payments.ts';
import { PARTIAL_PAUSES_MAX, type PausedPart } from '../../src/store/partial-pauses.ts';
import { ENDPOINT } from '../support/driven-endpoint.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const HOUR_MS = 3_600_000;
const dollars = { money: { amountMinor: 1000n, decimals: 2, currency: 'USD' } };

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow();
});
afterEach(() => world.close());

const switching = { by: 'Ada', key: 'operator', reason: null };
const pause = (part: PausedPart) => pausePartOfPayments(world.app, part, switching);
const resume = (part: PausedPart) => resumePartOfPayments(world.app, part, switching);

const endpoint: PausedPart = { scope: 'endpoint', value: ENDPOINT };
const euros: PausedPart = { scope: 'currency', value: 'EUR' };
const apiKey: PausedPart = { scope: 'api_key', value: 'test' };

const isHeld = async (id: string): Promise<void> => {
  await world.runUntil(id, ({ attention }) => attention.some(({ code }) => code === 'paused'));
  await world.runFor(id, 5 * HOUR_MS);
  expect(await world.payout(id)).toMatchObject({ status: 'bank_confirmed' });
  expect(world.commands(id)).toEqual(['payout-check']);
};

describe.each([endpoint, euros, apiKey])('the pause of $scope $value', (part) => {
  test('holds its payouts, which are polled meanwhile, until it ends', async () => {
    await pause(part);
    const id = await world.create();
    await isHeld(id);
    expect(world.calls(id).length).toBeGreaterThan(10);
    await resume(part);
    expect((await world.stored(id)).dueAt).toBe(world.clock.now());
    await world.runUntilStatus(id, 'approved');
    expect(await world.attention(id)).toEqual([]);
    expect(world.payments(id)).toBe(1);
  });

  test('that comes between the claim and the intent holds the payout all the same', async () => {
    let isPaused = false;
    world.during.afterAnswer = async (command) => {
      if (command !== 'status' || isPaused) return;
      isPaused = true;
      await pause(part);
    };
    const id = await world.create();
    await isHeld(id);
    expect(isPaused).toBe(true);
  });

  test('that ends while the payout is being polled lets it be paid immediately', async () => {
    await pause(part);
    const id = await world.create();
    await isHeld(id);
    world.during.afterAnswer = async () => {
      delete world.during.afterAnswer;
      await resume(part);
    };
    await world.runNext(id);
    const resumedAt = world.clock.now();
    await world.runUntilStatus(id, 'approved');
    expect(world.clock.now() - resumedAt).toBeLessThan(60_000);
  });

  test('holds what another replica pays, too', async () => {
    const id = await world.create();
    await world.runNow();
    await pause(part);
    for (let step = 0; step < 20; step += 1) {
      world.clock.advanceTo((await world.stored(id)).dueAt ?? world.clock.now());
      await Promise.all([world.runNow(), world.runOther()]);
    }
    expect(await world.attention(id)).toEqual(['paused']);
    expect(world.commands(id)).toEqual(['payout-check']);
  });
});

test('a payout of none of the paused parts is paid', async () => {
  await pause(euros);
  await pause({ scope: 'api_key', value: 'another' });
  // The value of one kind means nothing to another kind.
  await pause({ scope: 'currency', value: ENDPOINT });
  await pause({ scope: 'api_key', value: 'USD' });
  const id = await world.create(dollars);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('each pause that covers a payout has to end before it is paid', async () => {
  await pausePayments(world.app, switching);
  for (const part of [endpoint, euros, apiKey]) await pause(part);
  const id = await world.create();
  await isHeld(id);
  await resume(endpoint);
  await resume(apiKey);
  await isHeld(id);
  await resumePayments(world.app, switching);
  await isHeld(id);
  await resume(euros);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('the end of a pause makes only its own payouts due', async () => {
  await pause(euros);
  await pause({ scope: 'currency', value: 'USD' });
  const [inEuros, inDollars] = [await world.create(), await world.create(dollars)];
  await isHeld(inEuros);
  await isHeld(inDollars);
  const { dueAt } = await world.stored(inDollars);
  await resume(euros);
  expect((await world.stored(inEuros)).dueAt).toBe(world.clock.now());
  expect((await world.stored(inDollars)).dueAt).toBe(dueAt);
});

test('a payout that stays paused is not made due again and again, nor are others', async () => {
  await pause(euros);
  const [one, other] = [await world.create(), await world.create()];
  await isHeld(one);
  await isHeld(other);
  const { dueAt } = await world.stored(other);
  const asked = world.calls(other).length;
  await world.runNext(one);
  expect((await world.stored(one)).dueAt).toBeGreaterThan(world.clock.now());
  if (dueAt !== null && dueAt > world.clock.now()) {
    expect((await world.stored(other)).dueAt).toBe(dueAt);
    expect(world.calls(other)).toHaveLength(asked);
  }
});

describe('what is kept', () => {
  test('is who paused it first, when and why; a repeat changes nothing', async () => {
    const since = world.clock.now();
    await pausePartOfPayments(world.app, euros, { ...switching, reason: 'wrong rates' });
    world.clock.advance(1000);
    await pausePartOfPayments(world.app, euros, { ...switching, by: 'Grace', reason: 'other' });
    expect(await partialPauses(world.app)).toEqual([
      { ...euros, by: 'Ada', key: 'operator', since, reason: 'wrong rates' },
    ]);
    await resume(euros);
    await resume(euros);
    expect(await partialPauses(world.app)).toEqual([]);
    await pausePartOfPayments(world.app, euros, { ...switching, by: 'Grace' });
    expect(await partialPauses(world.app)).toMatchObject([{ ...euros, by: 'Grace' }]);
  });

  test('is bounded, and what has ended leaves its place', async () => {
    const parts = Array.from(
      { length: PARTIAL_PAUSES_MAX },
      (_, index): PausedPart => ({ scope: 'api_key', value: `key-${index}` }),
    );
    await Promise.all(parts.map(pause));
    expect(await partialPauses(world.app)).toHaveLength(PARTIAL_PAUSES_MAX);
    await expect(pause(euros)).rejects.toMatchObject({ code: 'TOO_MANY_PAUSES' });
    await pause({ scope: 'api_key', value: 'key-7' });
    await resume({ scope: 'api_key', value: 'key-7' });
    await Promise.all([pause(euros), pause(euros)]);
    const kept = await partialPauses(world.app);
    expect(kept).toHaveLength(PARTIAL_PAUSES_MAX);
    expect(kept).toContainEqual(expect.objectContaining(euros));
    expect(kept).not.toContainEqual(expect.objectContaining({ value: 'key-7' }));
    const rows = await world.database.query('select from pauses', []);
    expect(rows).toHaveLength(PARTIAL_PAUSES_MAX);
  });

  test('is no endpoint that nothing has', async () => {
    await expect(pause({ scope: 'endpoint', value: 'defualt' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { errors: [{ path: 'endpoint' }] },
    });
    const id = await world.create();
    await world.database.query(`update payouts set endpoint = 'closed' where id = $1`, [id]);
    await pause({ scope: 'endpoint', value: 'closed' });
    expect(await partialPauses(world.app)).toHaveLength(1);
  });
});
