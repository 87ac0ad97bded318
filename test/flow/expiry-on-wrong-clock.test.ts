/**
 * A payout whose authorization has expired, on a replica whose clock is wrong: that replica may not
 * end it. Goal: it is left to another one, and the gateway is not polled again and again meanwhile.
 */

import { beforeEach, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const MINUTE_S = 60;

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow();
  return () => world.close();
});

test('it is not polled, and expires once a replica with a right clock finds it', async () => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  world.clock.advance(world.app.authorizationExpiryMs);
  const { isClockTrusted } = world.app;
  world.app.isClockTrusted = () => false;
  const requests = () => world.simulator.control.requests().length;
  const before = requests();
  // It takes up what no other replica has taken up for five seconds.
  for (let second = 0; second < MINUTE_S; second += 1) {
    world.clock.advance(1000);
    await world.runNow();
  }
  expect([requests() - before, (await world.payout(id)).status]).toEqual([0, 'bank_confirmed']);

  world.app.isClockTrusted = isClockTrusted;
  await world.runUntilStatus(id, 'expired');
});
