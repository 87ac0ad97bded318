/**
 * What a runner does with a payout whose row or whose receiver it cannot read: it marks it for the
 * operator, leaves it alone for a minute, and continues by itself once it can be read again.
 */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acknowledge } from '../../src/flow/api/acknowledge.ts';
import { showPayout } from '../../src/flow/api/queries.ts';
import { systemChance } from '../../src/lib/clock.ts';
import { SET_ASIDE_MS } from '../../src/store/payouts/leases.ts';
import { listPayouts } from '../../src/store/payouts/list.ts';
import { createReceiverSeal } from '../../src/store/payouts/receiver-seal.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

type Row = { attention: { code: string; detail: string | null }[]; due_at: Date; version: number };

async function rowOf(id: string): Promise<Row> {
  const [row] = await world.database.query<Row>(
    'select attention, due_at, version from payouts where id = $1',
    [id],
  );
  if (row === undefined) throw new Error(`there is no payout ${id}`);
  return row;
}

async function listed(code = 'row_unreadable'): Promise<string[]> {
  const found = await listPayouts(world.app.db, {
    reference: null,
    status: null,
    attention: { code },
    createdFrom: null,
    createdTo: null,
    after: null,
    limit: 10,
  });
  return found.map(({ payout }) => payout.id);
}

const isUnreadable = { errors: [expect.objectContaining({ name: 'UnreadableRow' })] };

/** Alters a row that waits for its authorization, and makes it due. */
async function altered(change: string): Promise<string> {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntil(id, ({ status }) => status === 'bank_confirmed');
  const sql = `update payouts set ${change}, revision = revision + 1, due_at = $2 where id = $1`;
  await world.database.query(sql, [id, new Date(world.clock.now())]);
  return id;
}

test('a row that a claim cannot read is marked and set aside until it is restored', async () => {
  const id = await altered('version = 0');
  await expect(world.runNow()).rejects.toMatchObject(isUnreadable);
  const marked = await rowOf(id);
  expect(marked.attention).toMatchObject([
    { code: 'row_unreadable', detail: expect.stringMatching(/version below 1/) },
  ]);
  expect(marked.due_at.getTime()).toBe(world.clock.now() + SET_ASIDE_MS);
  expect(await listed()).toEqual([id]);
  const { payout } = await showPayout(world.app, id);
  expect(payout.attention).toMatchObject([{ code: 'row_unreadable', since: world.clock.now() }]);

  // Met again, it is not marked again.
  world.clock.advance(SET_ASIDE_MS);
  await expect(world.runNow()).rejects.toMatchObject(isUnreadable);
  expect((await rowOf(id)).attention).toEqual(marked.attention);

  await world.database.query('update payouts set version = 50 where id = $1', [id]);
  world.clock.advance(SET_ASIDE_MS);
  await world.runNow();
  expect((await rowOf(id)).attention).toEqual([]);
  expect(await listed()).toEqual([]);
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
});

test.each([`'{}'`, `'"x"'`, `'null'`, `'{"code": "slow"}'`, `'[1]'`])(
  'attention that is %s is found all the same, and kept as it is',
  async (attention) => {
    const id = await altered(`attention = ${attention}`);
    await expect(world.runNow()).rejects.toMatchObject(isUnreadable);
    expect(await listed()).toEqual([id]);
    const [row] = await world.database.query<{ holds: boolean }>(
      `select attention @> ${attention} as holds from payouts where id = $1`,
      [id],
    );
    expect(row?.holds).toBe(true);
    await world.database.query(`update payouts set attention = '[]' where id = $1`, [id]);
    world.clock.advance(SET_ASIDE_MS);
    await world.runNow();
  },
);

test('a receiver that no key opens is marked once, and checked when the key is back', async () => {
  const id = await world.create();
  const [row] = await world.database.query<{ receiver: Buffer }>(
    'select receiver from payouts where id = $1',
    [id],
  );
  const other = createReceiverSeal([{ id: 'gone', key: randomBytes(32) }], systemChance.bytes);
  const putReceiver = (receiver: Uint8Array | undefined) =>
    world.database.query('update payouts set receiver = $2 where id = $1', [id, receiver]);
  await putReceiver(other.seal(id, '{"first_name":"Ada"}'));

  await world.runNow();
  expect(await world.attention(id)).toEqual(['receiver_unreadable']);
  expect(await listed('receiver_unreadable')).toEqual([id]);
  const first = await rowOf(id);
  expect(first.due_at.getTime()).toBe(world.clock.now() + SET_ASIDE_MS);
  const journal = (await world.journal(id)).map(({ kind }) => kind);
  expect(journal.filter((kind) => kind === 'held')).toHaveLength(1);

  const acting = { by: 'Ann', key: 'desk', ifVersion: null };
  const seen = { ...acting, payoutId: id, code: 'receiver_unreadable' } as const;
  await acknowledge(world.app, seen);
  for (let round = 0; round < 3; round += 1) {
    world.clock.advance(SET_ASIDE_MS);
    await world.runNow();
  }
  expect(await rowOf(id)).toMatchObject({
    version: first.version + 1,
    attention: [{ code: 'receiver_unreadable', acknowledgedBy: 'Ann' }],
  });
  expect(world.commands(id)).toEqual([]);

  await putReceiver(row?.receiver);
  await world.runUntilStatus(id, 'approved');
  expect(await world.attention(id)).toEqual([]);
  expect(world.payments(id)).toBe(1);
});
