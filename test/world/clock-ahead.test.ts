/**
 * A replica whose clock is far from the database's works next to a good one: it says so, sends
 * nothing and expires nothing, and no payout that it has seen waits for its time to come.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';
import { createServices, readinessOf, type Services } from './services.ts';

const WALL_CLOCK = new URL('./wall-clock.ts', import.meta.url).href;
const HOUR_MS = 3_600_000;
/** Beyond the 720 hours after which a payout without an authorization expires. */
const MONTH_MS = 745 * HOUR_MS;

const clocks: readonly (readonly [string, number])[] = [
  ['six hours ahead', 6 * HOUR_MS],
  ['a month ahead', MONTH_MS],
  ['six hours behind', -6 * HOUR_MS],
];

let setup: Setup;
let services: Services;
beforeEach(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  services = createServices(setup);
});
afterEach(async () => {
  await services.kill();
  await setup.close();
});

const intentsOf = ({ linesWith }: ServiceProcess): string[] =>
  ['check_intended', 'pay_intended'].flatMap((event) => linesWith(`"event":"${event}"`));

test.each(clocks)(
  'a replica %s is not ready, sends nothing, and delays no other',
  async (_where, aheadMs) => {
    const good = await services.start();
    const { id: waiting } = await good.api.create({ release: 'on_authorization' });
    await good.api.untilStatus(waiting, 'bank_confirmed');

    const environment = { NODE_OPTIONS: `--import=${WALL_CLOCK}`, WALL_AHEAD_MS: String(aheadMs) };
    const bad = await services.launch({ environment });
    await waitFor('it to answer', async () => (await readinessOf(bad)).status !== 0);
    expect((await readinessOf(bad)).status).toBe(503);
    expect((await readinessOf(bad)).text).toMatch(/clock/i);
    const ids: string[] = [];
    for (let count = 0; count < 20; count += 1) ids.push((await good.api.create()).id);
    for (const id of ids) await good.api.untilStatus(id, 'approved');
    // What the bad one is asked to do it may do, but not by its own time.
    await bad.api.send('GET', `/v1/payouts/${waiting}`);
    const authorized = await bad.api.send('POST', `/v1/payouts/${waiting}/authorize`);
    expect([200, 503]).toContain(authorized.status);
    expect(intentsOf(bad)).toEqual([]);
    expect(bad.linesWith('"event":"time_passed"')).toEqual([]);
    await services.kill(bad);

    expect((await good.api.send('POST', `/v1/payouts/${waiting}/authorize`)).status).toBe(200);
    const paid = await good.api.untilStatus(waiting, 'approved');
    const age = Math.abs(Date.now() - Date.parse(paid.authorization.authorized_at ?? ''));
    expect(age).toBeLessThan(60_000);
    await expectPaidOnce(setup, [...ids, waiting]);
  },
  60_000,
);
