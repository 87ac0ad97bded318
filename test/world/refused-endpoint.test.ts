/**
 * A wrong endpoint number, which the gateway answers with a validation error: few payouts are
 * declined by it, also when the service is started again and again.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { createServices, type Services } from './services.ts';

const STARTS = 3;
const CREATES = 40;
/** Many in a row are needed to know that it is not the payouts. */
const DECLINED_AT_FIRST_MAX = 25;
/** Few calls at a time, since those that are under way are refused too. */
const WRONG = { PAYNETEASY_ENDPOINT_ID: '999', PAYNETEASY_MAX_IN_FLIGHT: '2' };

let setup: Setup;
let services: Services;
beforeAll(async () => {
  setup = await createSetup();
  services = createServices(setup);
});
afterAll(async () => {
  await services.kill();
  await setup.close();
});

async function count(condition: string): Promise<number> {
  const [row] = await setup.database.query<{ count: number }>(
    `select count(*)::int as count from payouts where ${condition}`,
  );
  return row?.count ?? 0;
}

const declined = (): Promise<number> => count(`status = 'declined'`);
/** Open payouts that nothing holds: their checks are still to come. */
const unheld = (): Promise<number> => count(`finalized_at is null and attention = '[]'`);

const checks = (): number =>
  setup.simulator.control.requests().filter(({ command }) => command === 'payout-check').length;

test('three starts against an endpoint that refuses everything decline few payouts', async () => {
  const seen: number[] = [];
  for (let start = 1; start <= STARTS; start += 1) {
    const service = await services.start({ environment: WRONG });
    const before = checks();
    await Promise.all(Array.from({ length: CREATES }, () => service.api.create()));
    await waitFor('a check to be refused', () => checks() > before);
    await waitFor('the checks to stop', async () => (await unheld()) === 0);
    seen.push(await declined());
    await services.kill(service);
  }
  const [first = 0, , last = 0] = seen;
  expect([seen, first <= DECLINED_AT_FIRST_MAX]).toEqual([seen, true]);
  // One probe for each further start.
  expect([seen, last - first <= STARTS - 1]).toEqual([seen, true]);

  const good = await services.start();
  const { id } = await good.api.create();
  await good.api.untilStatus(id, 'approved');
}, 90_000);
