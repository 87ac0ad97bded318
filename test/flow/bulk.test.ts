/** A bulk command acts on a payout only in the version in which it was found. */

import { DatabaseError } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BulkAction, runBulk } from '../../src/flow/api/bulk.ts';
import type { AppContext } from '../../src/flow/context.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const anything = {
  reference: null,
  status: null,
  attention: null,
  createdFrom: null,
  createdTo: null,
  after: null,
};

/** Something else changes the payout right after the page of the list was read. */
function overtaken(id: string): AppContext {
  const { db } = world.app;
  const query: typeof db.query = async (statement) => {
    const result = await db.query<never>(statement);
    if (/from payouts\s+where[\s\S]*limit/.test(statement.text) && !/count/.test(statement.text)) {
      await db.query({
        text: 'update payouts set version = version + 1, revision = revision + 1 where id = $1',
        values: [id],
      });
    }
    return result;
  };
  return { ...world.app, db: { ...db, query } };
}

test.each<BulkAction>(['authorize', 'cancel', 'redeliver'])(
  '%s leaves a payout alone that has changed since it was listed',
  async (action) => {
    const id = await world.create({ ...euros(10), release: 'on_authorization' });
    await world.runUntil(id, ({ status }) => status === 'bank_confirmed');
    const { reference } = await world.payout(id);
    const bulk = {
      action,
      filter: { ...anything, reference, limit: 10 },
      expected: 1,
      by: 'Ada',
      key: 'desk',
      start: null,
    };
    const { refused, done } = await runBulk(overtaken(id), bulk);
    expect([done, refused.map(({ code }) => code)]).toEqual([0, ['VERSION_MISMATCH']]);
    expect(await world.payout(id)).toMatchObject({
      status: 'bank_confirmed',
      authorization: { authorizedAt: null },
    });
    const again = await runBulk(world.app, bulk);
    expect(again.refused).toEqual([]);
  },
);

/** Cancels two waiting payouts in a bulk, whose first one meets these batches. */
async function cancelTwo(batchesFor: (first: string) => typeof world.app.batches) {
  const ids = [];
  for (let made = 0; made < 2; made += 1) {
    const id = await world.create({ ...euros(10), release: 'on_authorization' });
    await world.runUntil(id, ({ status }) => status === 'bank_confirmed');
    ids.push(id);
  }
  const [first = '', other = ''] = ids;
  const { createdAt } = await world.payout(first);
  const outcome = await runBulk(
    { ...world.app, batches: batchesFor(first) },
    {
      action: 'cancel',
      filter: { ...anything, createdFrom: createdAt, limit: 10 },
      expected: 2,
      by: 'Ada',
      key: 'desk',
      start: null,
    },
  );
  expect(outcome).toMatchObject({ matched: 2, done: 1 });
  expect((await world.payout(other)).status).toBe('canceled');
  return { first, refused: outcome.refused };
}

test('a row that cannot be acted on is refused, logged, and keeps no other from its command', async () => {
  const { batches } = world.app;
  const { first, refused } = await cancelTwo((broken) => ({
    ...batches,
    find: async (id) => {
      if (id === broken) throw new Error('the row breaks an invariant');
      return batches.find(id);
    },
  }));
  expect(refused).toEqual([{ payoutId: first, code: 'INTERNAL', detail: null }]);
});

test.each(['55P03', '53100', '53200', '40P01', '42501', '57014'])(
  'a payout that meets %s of the database is refused as by its own command',
  async (code) => {
    const { batches } = world.app;
    const { first, refused } = await cancelTwo((locked) => ({
      ...batches,
      save: async (one) => {
        if (one.payout.id !== locked) return batches.save(one);
        throw Object.assign(new DatabaseError('refused', 0, 'error'), { code });
      },
    }));
    expect(refused).toEqual([{ payoutId: first, code: 'UNAVAILABLE', detail: null }]);
    await world.cancel(first);
  },
);

test('payouts that match only after the count are left alone', async () => {
  const id = await world.create({ ...euros(10), release: 'on_authorization' });
  await world.runUntil(id, ({ status }) => status === 'bank_confirmed');
  const { reference } = await world.payout(id);
  const { db } = world.app;
  // The count still sees none: the payout is committed between the two statements.
  const query: typeof db.query = async (statement) => {
    const result = await db.query<never>(statement);
    return statement.text.includes('count(*)')
      ? { ...result, rows: [{ count: 0 } as never] }
      : result;
  };
  const bulk = {
    action: 'authorize' as const,
    filter: { ...anything, reference, limit: 10 },
    expected: 0,
    by: 'Ada',
    key: 'desk',
    start: null,
  };
  const outcome = runBulk({ ...world.app, db: { ...db, query } }, bulk);
  await expect(outcome).rejects.toMatchObject({ code: 'MORE_THAN_EXPECTED' });
  expect(await world.payout(id)).toMatchObject({ authorization: { authorizedAt: null } });
});
