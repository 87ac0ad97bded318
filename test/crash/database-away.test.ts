/**
 * A database whose connections break every second, also between a commit and its answer: callers
 * repeat with their key, and each payout is paid once all the same.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { createStubbornly, someCreate } from '../support/stubborn-caller.ts';

const CUTS = 6;
const PAYOUTS = 40;
/** Beyond send_before and the total timeout, so that an intent without an answer is finished. */
const LATER_MS = 40_000;

let setup: Setup;
let proxy: CuttableProxy;
beforeAll(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  const { hostname, port } = new URL(setup.database.connectionString);
  proxy = await startCuttableProxy({ host: hostname, port: Number(port) });
});
afterAll(async () => {
  await proxy.close();
  await setup.close();
});

test('payouts survive a database that comes and goes', async () => {
  const through = new URL(setup.database.connectionString);
  through.host = `127.0.0.1:${proxy.port}`;
  // What was lost on its way is retried, so that every payout ends by itself.
  const environment = { DATABASE_URL: through.href, PAYNETEASY_PAY_REPEAT: 'true' };
  const service = await startServiceProcess(setup, { environment });
  await service.ready();
  const creating = Promise.all(
    Array.from({ length: PAYOUTS }, async (_, index) => {
      await sleep(index * 120);
      return createStubbornly(service.api, someCreate());
    }),
  );
  for (let count = 0; count < CUTS; count += 1) {
    await sleep(600);
    proxy.cut();
    await sleep(250);
    proxy.restore();
  }
  const ids = await creating;
  expect(service.linesWith('"level":"fatal"')).toEqual([]);
  await service.ready();
  service.signal('SIGTERM');
  expect(await service.ended).toBe(0);

  const next = await startServiceProcess(setup, { environment, clockShiftMs: LATER_MS });
  await next.ready();
  await untilAllFinal(setup, 60_000);
  await expectPaidOnce(setup, ids);
  next.signal('SIGTERM');
  expect(await next.ended).toBe(0);
}, 150_000);
