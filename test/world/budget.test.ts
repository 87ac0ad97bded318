/**
 * Many more creates than the budget of calls: a payout that is paid is polled all the same,
 * and immediately after its callback.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { createServices, type Services } from './services.ts';

const CALLS_PER_SECOND = 10;
const CREATES = 150;
/** Their checks alone keep the budget busy for twice as long. */
const KNOWN_WITHIN_MS = 6000;

let setup: Setup;
let services: Services;
beforeAll(async () => {
  setup = await createSetup({ validateDelayMs: 100, payDelayMs: 3000, payTwiceHappens: true });
  services = createServices(setup);
});
afterAll(async () => {
  await services.kill();
  await setup.close();
});

const createMany = (api: ApiClient): Promise<unknown> =>
  Promise.all(Array.from({ length: CREATES }, () => api.create({ release: 'on_authorization' })));

test('creates above the budget do not keep a paid payout from its end', async () => {
  const environment = { PAYNETEASY_MAX_PER_SECOND: String(CALLS_PER_SECOND) };
  const { api } = await services.start({ environment });
  const { id } = await api.create();
  await api.untilStatus(id, 'processing');
  await createMany(api);
  await waitFor('the bank to pay', () => setup.simulator.control.ledger().length === 1);
  const paidAt = performance.now();
  await api.untilStatus(id, 'approved');
  expect(performance.now() - paidAt).toBeLessThan(KNOWN_WITHIN_MS);
  // They do not wait indefinitely either.
  const [row] = await setup.database.query<{ waiting: number }>(
    `select count(*)::int as waiting from payouts where status = 'requested'`,
  );
  expect(row?.waiting).toBeGreaterThan(0);
  expect(row?.waiting).toBeLessThan(CREATES);
}, 60_000);
