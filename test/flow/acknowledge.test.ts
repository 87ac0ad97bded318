import { afterAll, beforeAll, expect, test } from 'vitest';
import { acknowledge } from '../../src/flow/api/acknowledge.ts';
import type { AttentionCode } from '../../src/payout/model/attention.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const seen = (
  payoutId: string,
  by: string,
  code: AttentionCode | null = null,
  ifVersion: readonly number[] | null = null,
) => acknowledge(world.app, { payoutId, by, key: 'desk', code, ifVersion });

const namesOf = async (id: string) =>
  Object.fromEntries(
    (await world.payout(id)).attention.map(({ code, acknowledgedBy }) => [code, acknowledgedBy]),
  );

/** A payout with a later event and an error whose result is unknown: two open items. */
async function withTwoItems(): Promise<string> {
  const id = await world.create(euros(4));
  await world.runUntil(id, ({ attention }) =>
    attention.some(({ code }) => code === 'gateway_error'),
  );
  await world.callback(id, { type: 'reversal' });
  expect(Object.keys(await namesOf(id)).toSorted()).toEqual([
    'gateway_error',
    'later_event_reported',
  ]);
  return id;
}

test('without a code every open item is acknowledged, and stays open', async () => {
  const id = await withTwoItems();
  await seen(id, 'Ada');
  expect(await namesOf(id)).toEqual({ gateway_error: 'Ada', later_event_reported: 'Ada' });
});

test('with a code only that one', async () => {
  const id = await withTwoItems();
  await seen(id, 'Ada', 'later_event_reported');
  expect(await namesOf(id)).toEqual({ gateway_error: null, later_event_reported: 'Ada' });
});

test('the first name stays, and a repeat is no new version', async () => {
  const id = await withTwoItems();
  const first = await seen(id, 'Ada');
  const again = await seen(id, 'Grace');
  expect(again.payout.version).toBe(first.payout.version);
  expect(await namesOf(id)).toEqual({ gateway_error: 'Ada', later_event_reported: 'Ada' });
});

test('it is kept in the journal and the service goes on asking', async () => {
  const id = await withTwoItems();
  await seen(id, 'Ada');
  const entries = (await world.journal(id)).filter(({ kind }) => kind === 'acknowledged');
  expect(entries.map(({ says }) => says).toSorted()).toEqual([
    'Ada acknowledged gateway_error.',
    'Ada acknowledged later_event_reported.',
  ]);
  const asked = world.calls(id).length;
  await world.runFor(id, 3_600_000);
  expect(world.calls(id).length).toBeGreaterThan(asked);
});

test('nothing open, a code that is not open, an outdated version, one that was never given and an unknown payout are refused', async () => {
  const id = await world.create();
  const nothing = { code: 'NOTHING_TO_ACKNOWLEDGE' };
  await expect(seen(id, 'Ada')).rejects.toMatchObject(nothing);
  await expect(seen(id, 'Ada', null, [99])).rejects.toMatchObject({ code: 'AHEAD_OF_HISTORY' });
  const two = await withTwoItems();
  await expect(seen(two, 'Ada', 'second_order')).rejects.toMatchObject(nothing);
  await expect(seen(two, 'Ada', null, [1])).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
  await expect(seen(`po_${'0'.repeat(26)}`, 'Ada')).rejects.toMatchObject({
    code: 'PAYOUT_NOT_FOUND',
  });
});
