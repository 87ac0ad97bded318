/** Replicas of two versions: an older one sends no part of a receiver that a newer one stored. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

test('a receiver with a field of a newer version is left to that version', async () => {
  const id = await world.create();
  const receiver = JSON.stringify({ first_name: 'Li', middle_name: 'An', phone: '+49301234567' });
  await world.database.query('update payouts set receiver = $2 where id = $1', [
    id,
    world.app.seal.seal(id, receiver),
  ]);
  for (let round = 0; round < 3; round += 1) {
    await expect(world.runNow()).rejects.toMatchObject({
      errors: expect.arrayContaining([
        expect.objectContaining({
          name: 'NewerRow',
          message: expect.stringContaining('receiver.middle_name'),
        }),
      ]),
    });
    world.clock.advance(60_000);
  }
  expect(world.commands(id)).toEqual([]);
  expect((await world.payout(id)).status).toBe('requested');
});
