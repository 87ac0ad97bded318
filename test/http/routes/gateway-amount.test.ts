/**
 * An amount that the gateway shows next to ours: a client that reads that a payout was paid can see
 * how much was.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PayoutBody } from '../../../src/http/schema/payout.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService();
});
afterAll(() => service.close());

type Feed = { data: { payout: PayoutBody }[] };

test('a payout that the gateway has not shown yet has none', async () => {
  const created = await service.api.create();
  expect(created.gateway).toMatchObject({ amount: null, currency: null });
});

test('a payout that was approved with another amount shows both, also in the feed', async () => {
  const created = await service.api.create({ amount: '10.04' });
  const { id, gateway } = await service.api.untilStatus(created.id, 'processing');
  const patch = { amount: '9.04', status: 'approved', stage: 'payout_approved' };
  service.simulator.control.setOrder(gateway.order_id ?? '', patch);
  const both = {
    amount: '10.04',
    currency: 'EUR',
    gateway: { amount: '9.04', currency: 'EUR' },
    attention: { code: 'amount_mismatch' },
  };

  expect(await service.api.untilStatus(id, 'approved')).toMatchObject(both);

  const { body } = await service.api.send<Feed>('GET', '/v1/events?limit=200');
  const mine = body.data.map(({ payout }) => payout).filter((payout) => payout.id === id);
  expect(mine.at(-1)).toMatchObject(both);
});
