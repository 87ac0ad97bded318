/**
 * The inbox of what the gateway signed: each text once, by what is signed and nothing else.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addInboxEntry, type InboxEntry } from '../../src/store/payouts/inbox.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

const add = (changes: Partial<InboxEntry>) => addInboxEntry(store.db, entry(changes), null);

const entry = (changes: Partial<InboxEntry> = {}): InboxEntry => ({
  source: 'callback',
  endpoint: 'default',
  receivedAt: Date.now(),
  status: 'approved',
  orderId: '1',
  clientOrderId: 'po_1',
  type: 'payout',
  ...changes,
});

test('a callback is stored once, whatever else its repeat carries', async () => {
  const orderId = 'once';
  expect(await add({ orderId })).toBe(true);
  expect(await add({ orderId })).toBe(false);
  const repeat = entry({
    orderId,
    receivedAt: 5,
    type: 'sale',
    status: 'APPROVED',
  });
  expect(await addInboxEntry(store.db, repeat, null)).toBe(false);
});

test('a later event is no repeat of the end, and is stored once too, whatever it is called', async () => {
  const orderId = 'later';
  expect(await add({ orderId })).toBe(true);
  expect(await add({ orderId, type: 'chargeback' })).toBe(true);
  expect(await add({ orderId, type: 'chargeback' })).toBe(false);
  expect(await add({ orderId, type: 'reversal' })).toBe(false);
});

test.each<[string, Partial<InboxEntry>]>([
  ['status', { status: 'declined' }],
  ['source', { source: 'return' }],
  ['order', { orderId: '2' }],
  ['client order', { clientOrderId: 'po_2' }],
  ['endpoint', { endpoint: 'other' }],
])('another %s is another entry', async (name, changes) => {
  const orderId = `differs by ${name}`;
  expect(await add({ orderId })).toBe(true);
  expect(await add({ orderId, ...changes })).toBe(true);
});

test('texts that would run together in a plain join stay apart', async () => {
  expect(await add({ orderId: '12', clientOrderId: '3' })).toBe(true);
  expect(await add({ orderId: '1', clientOrderId: '23' })).toBe(true);
});

test('of twenty at the same time exactly one is stored', async () => {
  const added = await Promise.all(Array.from({ length: 20 }, () => add({ orderId: 'twenty' })));
  expect(added.filter(Boolean)).toHaveLength(1);
});

test('what is not signed is kept as a short word of its type, and in no other column', async () => {
  const orderId = 'columns';
  await add({ orderId, type: 'chargeback' });
  const { rows } = await store.db.query({
    text: 'select * from callbacks where order_id = $1',
    values: [orderId],
  });
  expect(rows).toMatchObject([
    {
      source: 'callback',
      type: 'chargeback',
      amount: null,
      currency: null,
      error_code: null,
      error_message: null,
    },
  ]);
});

test('an entry of the longest parts still fits its index', async () => {
  const longest = {
    endpoint: 'e'.repeat(100),
    status: 's'.repeat(32),
    orderId: '9'.repeat(20),
    clientOrderId: `"${'\\'.repeat(127)}`,
  };
  expect(await add(longest)).toBe(true);
  expect(await add(longest)).toBe(false);
});
