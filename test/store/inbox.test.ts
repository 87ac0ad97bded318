/**
 * The inbox of callbacks: each one once, by what the gateway says tells a repeat.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStrayCallback, type InboxEntry } from '../../src/store/inbox.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

const entry = (changes: Partial<InboxEntry> = {}): InboxEntry => ({
  endpoint: 'default',
  receivedAt: Date.now(),
  status: 'approved',
  orderId: '1',
  clientOrderId: 'po_1',
  type: 'payout',
  amount: '10.00',
  currency: 'EUR',
  errorCode: null,
  errorMessage: null,
  ...changes,
});

test('a callback is stored once, whatever else its repeat carries', async () => {
  const orderId = 'once';
  expect(await addStrayCallback(store.db, entry({ orderId }))).toBe(true);
  expect(await addStrayCallback(store.db, entry({ orderId }))).toBe(false);
  const repeat = entry({
    orderId,
    receivedAt: 5,
    amount: '11.00',
    errorMessage: 'x',
    type: 'PAYOUT',
  });
  expect(await addStrayCallback(store.db, repeat)).toBe(false);
});

test.each([
  ['status', { status: 'declined' }],
  ['type', { type: 'reversal' }],
  ['no type', { type: null }],
  ['order', { orderId: '2' }],
  ['client order', { clientOrderId: 'po_2' }],
  ['endpoint', { endpoint: 'other' }],
])('another %s is another callback', async (name, changes) => {
  const orderId = `differs by ${name}`;
  expect(await addStrayCallback(store.db, entry({ orderId }))).toBe(true);
  expect(await addStrayCallback(store.db, entry({ orderId, ...changes }))).toBe(true);
});

test('texts that would run together in a plain join stay apart', async () => {
  expect(await addStrayCallback(store.db, entry({ orderId: '12', clientOrderId: '3' }))).toBe(true);
  expect(await addStrayCallback(store.db, entry({ orderId: '1', clientOrderId: '23' }))).toBe(true);
});

test('of twenty at once exactly one is stored', async () => {
  const added = await Promise.all(
    Array.from({ length: 20 }, () => addStrayCallback(store.db, entry({ orderId: 'twenty' }))),
  );
  expect(added.filter(Boolean)).toHaveLength(1);
});

test('a callback of any length is stored once', async () => {
  // What does not compress, as an index entry would.
  const long = Array.from({ length: 2000 }, (_, place) =>
    String.fromCharCode(0x400 + ((place * 7919) % 997)),
  ).join('');
  const orderId = 'long';
  expect(await addStrayCallback(store.db, entry({ orderId, type: long }))).toBe(true);
  expect(await addStrayCallback(store.db, entry({ orderId, type: long }))).toBe(false);
  expect(await addStrayCallback(store.db, entry({ orderId, type: `${long}!` }))).toBe(true);
});
