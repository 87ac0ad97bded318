/**
 * Every acknowledged commit of a payout is reported with the revision that the row has then and the
 * time of its entry in the journal, whichever way it was written: by this lost history is noticed.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeUpdatePayout } from '../../src/flow/platform/take-update-payout.ts';
import { createBatches } from '../../src/store/batches.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

let world: DrivenFlow;
let reported: Map<string, number>;
let times: Set<number>;
beforeEach(async () => {
  world = await createDrivenFlow();
  reported = new Map();
  times = new Set();
  const onCommitted = (id: string, revision: number, at: number): void => {
    times.add(at);
    reported.set(id, Math.max(revision, reported.get(id) ?? 0));
  };
  const { app } = world;
  app.onCommitted = onCommitted;
  app.batches = createBatches(app.db, app.leaseNow, { onCommitted });
});
afterEach(() => world.close());

const journalTimes = async (id: string): Promise<Set<number>> => {
  const rows = await world.database.query<{ at: Date }>(
    'select at from payout_events where payout_id = $1 order by id',
    [id],
  );
  return new Set(rows.map(({ at }) => at.getTime()));
};

const revision = async (id: string): Promise<number> => (await world.stored(id)).revision;

test('a create is revision 1, and every save on the way to the end is reported', async () => {
  const id = await world.create();
  expect(reported.get(id)).toBe(1);
  await world.runUntilStatus(id, 'approved');
  expect(reported.get(id)).toBe(await revision(id));
  expect(reported.get(id)).toBeGreaterThan(5);
  expect(times).toEqual(await journalTimes(id));
});

test('a change inside a transaction of its caller is reported after its commit', async () => {
  const id = await world.create({ release: 'on_authorization' });
  const { reference, money } = await world.payout(id);
  const before = reported.get(id) ?? 0;
  const answer = await takeUpdatePayout(world.app, {
    path: '/UpdatePayout',
    address: '127.0.0.1',
    contentType: 'json',
    isAuthenticated: true,
    keepsUnnamed: true,
    body: Buffer.from(
      JSON.stringify({
        ExtPayoutID: reference,
        Status: 'C',
        PIN: '7',
        FrontEndName: 'TEST EUR',
        Amount: 10,
        Currency: money.currency,
        UpdatedBy: 'till',
      }),
    ),
  });
  expect(answer.status).toBe(0);
  expect(reported.get(id)).toBe(before + 1);
  expect(times).toEqual(await journalTimes(id));
  expect(reported.get(id)).toBe(await revision(id));
});
