/**
 * A service with a wrong endpoint number: the gateway refuses every payout-check, and each refusal
 * ends a payout. Started three times in a row, as an operator does who looks for the mistake.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

const PAYOUTS = 120;
/** As many as it takes to open the breaker. */
const REFUSALS_MAX = 20;
/** Longer than a refused payout-check takes, many times over. */
const QUIET_MS = 2000;

let setup: Setup;
let service: ServiceProcess | null = null;

beforeAll(async () => {
  setup = await createSetup();
});
afterAll(async () => {
  service?.signal('SIGKILL');
  await setup.close();
});

const count = async (where: string): Promise<number> => {
  const [row] = await setup.database.query<{ count: string }>(
    `select count(*) from payouts where ${where}`,
  );
  return Number(row?.count ?? 0);
};

const declined = (): Promise<number> => count(`status = 'declined'`);

/** Waits until nothing was declined for a while, and says how many were in all. */
async function untilQuiet(): Promise<number> {
  let seen = { count: await declined(), at: performance.now() };
  await waitFor('the refusals to end', async () => {
    const now = await declined();
    if (now !== seen.count) seen = { count: now, at: performance.now() };
    return performance.now() - seen.at > QUIET_MS;
  });
  return seen.count;
}

async function startWrong(): Promise<ServiceProcess> {
  const environment = { PAYNETEASY_ENDPOINT_ID: '424242', PAYNETEASY_MAX_IN_FLIGHT: '50' };
  service = await startServiceProcess(setup, { environment });
  await service.ready();
  return service;
}

test('declines twenty of 120 payouts, and one more at each further start', async () => {
  const first = await startWrong();
  await Promise.all(Array.from({ length: PAYOUTS }, () => first.api.create()));
  await waitFor('the breaker to open', () => count(`attention @> '[{"code":"checks_paused"}]'`));
  expect(await untilQuiet()).toBe(REFUSALS_MAX);

  for (const starts of [1, 2]) {
    service?.signal('SIGKILL');
    await service?.ended;
    const next = await startWrong();
    // Due immediately, so that the test does not wait for a held one to be looked at again.
    await next.api.create();
    await waitFor('the refusal', async () => (await declined()) >= REFUSALS_MAX + starts);
    expect(await untilQuiet()).toBe(REFUSALS_MAX + starts);
  }
  expect(await count(`status = 'requested'`)).toBe(PAYOUTS - REFUSALS_MAX);
}, 120_000);
