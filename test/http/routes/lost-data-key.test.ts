/**
 * A service whose `DATA_KEYS` lacks the key of older payouts: it shows them without their receiver,
 * and everything else as before.
 */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '../../support/api-client.ts';
import { startServiceOn } from '../../support/running-service.ts';
import { createSetup, type Setup } from '../../support/service-setup.ts';

type Page = { data: { id: string; receiver: object }[] };
type Feed = { data: { payout: { id: string; receiver: object } }[] };

let setup: Setup;
let api: ApiClient;
let older: string;
let close: () => Promise<void> = async () => {};
beforeAll(async () => {
  setup = await createSetup();
  const before = await startServiceOn(setup);
  older = (await before.api.create({ release: 'on_authorization' })).id;
  await before.api.untilStatus(older, 'bank_confirmed');
  await before.close();
  const key = `other:${randomBytes(32).toString('base64')}`;
  ({ api, close } = await startServiceOn(setup, { DATA_KEYS: key }));
});
afterAll(async () => {
  await close();
  await setup.close();
});

test('pages and the feed hold it next to the others, without its receiver', async () => {
  const { id: newer } = await api.create({ release: 'on_authorization' });
  const page = await api.send<Page>('GET', '/v1/payouts');
  expect(page.status).toBe(200);
  const shown = new Map(page.body.data.map(({ id, receiver }) => [id, receiver]));
  expect(shown.get(older)).toEqual({});
  expect(shown.get(newer)).toMatchObject({ first_name: expect.any(String) });
  const feed = await api.send<Feed>('GET', '/v1/events?after=0');
  expect(feed.status).toBe(200);
  const told = new Set(feed.body.data.map(({ payout }) => payout.id));
  expect(told).toEqual(new Set([older, newer]));
});

test('it is read, and a command on it is answered', async () => {
  expect(await api.read(older)).toMatchObject({ status: 'bank_confirmed', receiver: {} });
  const canceled = await api.send('POST', `/v1/payouts/${older}/cancel`);
  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled', receiver: {} } });
});
