/**
 * A service is stopped with SIGSTOP right between the commit of its intents and their calls, until
 * another one has paid in its place. When it goes on, it sends nothing.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf } from '../support/bank-orders.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

const PAYOUTS = 20;
/** So late it hears that an intent was committed: long enough to be stopped meanwhile. */
const ANSWERS_AFTER_MS = 800;
/** Beyond send_before and the total timeout: for the other one the intents are finished. */
const LATER_MS = 40_000;
/** So that the other one pays what the stopped one did not send. */
const REPEATS = { PAYNETEASY_PAY_REPEAT: 'true' };
/** Five times the promise of 10 s. */
const TAKEN_OVER_WITHIN_MS = 50_000;

let setup: Setup;
let proxy: CuttableProxy;
const started: ServiceProcess[] = [];
beforeAll(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  const { hostname, port } = new URL(setup.database.connectionString);
  proxy = await startCuttableProxy({ host: hostname, port: Number(port) });
});
afterAll(async () => {
  for (const service of started) service.signal('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await proxy.close();
  await setup.close();
});

async function start(options: Parameters<typeof startServiceProcess>[1]): Promise<ServiceProcess> {
  const service = await startServiceProcess(setup, options);
  started.push(service);
  await service.ready();
  return service;
}

/** Payouts with a committed intent of payout-pay that has not reached the gateway. */
async function intended(): Promise<string[]> {
  const paying = await setup.database.query<{ id: string }>(
    `select id from payouts where status = 'paying'`,
  );
  return paying
    .map(({ id }) => id)
    .filter((id) => !commandsOf(setup.simulator, id).includes('payout-pay'));
}

test('intents whose service was stopped for too long are never sent', async () => {
  const through = new URL(setup.database.connectionString);
  through.host = `127.0.0.1:${proxy.port}`;
  const first = await start({ environment: { ...REPEATS, DATABASE_URL: through.href } });
  proxy.slow(ANSWERS_AFTER_MS);
  const creating = Promise.all(Array.from({ length: PAYOUTS }, () => first.api.create()));
  await waitFor('intents', async () => (await intended()).length > 0);
  first.signal('SIGSTOP');
  const held = await intended();
  expect(held.length).toBeGreaterThan(0);

  const second = await start({ environment: REPEATS, clockShiftMs: LATER_MS });
  await untilAllFinal(setup, TAKEN_OVER_WITHIN_MS);
  first.signal('SIGCONT');
  const ids = (await creating).map(({ id }) => id);
  // It ends once everything that it has in its hands is done.
  first.signal('SIGTERM');
  expect(await first.ended).toBe(0);
  await untilAllFinal(setup, TAKEN_OVER_WITHIN_MS);
  second.signal('SIGTERM');
  expect(await second.ended).toBe(0);
  await expectPaidOnce(setup, ids);
  for (const id of held) {
    const commands = commandsOf(setup.simulator, id);
    expect(commands).toEqual(['payout-check', 'payout-pay']);
  }
}, 150_000);
