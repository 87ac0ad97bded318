/**
 * An authorization that is taken back while the runner works: the version of the row decides, so
 * that an accepted command proves that no payout-pay leaves.
 */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { deauthorizePayout } from '../../src/flow/api/command-payout.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const HOUR_MS = 3_600_000;
const ROUNDS = 10;
const onAuthorization = { release: 'on_authorization' } as const;

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterEach(() => {
  delete world.during.beforeBytes;
  delete world.during.afterAnswer;
});
afterAll(() => world.close());

const deauthorize = (payoutId: string) =>
  deauthorizePayout(world.app, { payoutId, by: 'desk', key: 'desk', ifVersion: null });

test('between the fresh reply and the intent it wins: payout-pay does not leave', async () => {
  const id = await world.create(onAuthorization);
  await world.runUntilStatus(id, 'bank_confirmed');
  await world.authorize(id);
  let isTakenBack = false;
  world.during.afterAnswer = async (command) => {
    if (command !== 'status' || isTakenBack) return;
    isTakenBack = true;
    await deauthorize(id);
  };
  await world.runFor(id, HOUR_MS);
  expect(isTakenBack).toBe(true);
  expect(await world.payout(id)).toMatchObject({ status: 'bank_confirmed' });
  expect(await world.attention(id)).toEqual(['authorization_withdrawn']);
  expect(world.commands(id)).toEqual(['payout-check']);
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('after the intent it is refused, and the wish is in the journal', async () => {
  const id = await world.create();
  world.during.beforeBytes = async (command) => {
    if (command !== 'payout-pay') return;
    delete world.during.beforeBytes;
    await expect(deauthorize(id)).rejects.toMatchObject({ code: 'NOT_DEAUTHORIZABLE' });
  };
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
  const entry = (await world.journal(id)).find(({ kind }) => kind === 'deauthorized');
  expect(entry).toMatchObject({ status: 'paying', says: expect.stringMatching(/^Refused/) });
});

test('at the same moment as the intent, it is accepted or payout-pay leaves, and never both', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await world.create(onAuthorization);
    await world.runUntilStatus(id, 'bank_confirmed');
    await world.authorize(id);
    // As late as the round says: some come before the intent, and some after it.
    let turns = round;
    const late = async (): Promise<void> => {
      for (; turns > 0; turns -= 1) await world.stored(id);
      await deauthorize(id);
    };
    const [taken] = await Promise.allSettled([late(), world.runNow(), world.runOther()]);
    await world.runFor(id, HOUR_MS);
    expect(world.payments(id)).toBe(taken.status === 'fulfilled' ? 0 : 1);
  }
});
