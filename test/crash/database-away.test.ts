/**
 * A database whose connections break every second, also between a commit and its answer: callers
 * repeat with their key, and each payout is paid once all the same.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, payoutBody } from '../support/api-client.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';

const CUTS = 6;
const PAYOUTS = 40;
/** Beyond send_before and the total timeout, so that an intent nobody answered is settled. */
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

/** Long enough for every cut; a service that ended would be asked for ever otherwise. */
const GIVE_UP_AFTER_MS = 60_000;

/**
 * Creates a payout as a caller does that does not give up: the same request until it is answered.
 */
async function createStubbornly(api: ApiClient): Promise<string> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  const request = { body: payoutBody(), headers: { 'idempotency-key': randomUUID() } };
  while (performance.now() < deadline) {
    const answer = await api.send('POST', '/v1/payouts', request).catch(() => null);
    if (answer?.status === 201) return answer.body.id;
    // A fault of ours, or our database: nothing else may be in the way of a repeat.
    if (answer !== null) expect([409, 500, 503]).toContain(answer.status);
    await sleep(50);
  }
  throw new Error('a create was not answered in time');
}

test('payouts survive a database that comes and goes', async () => {
  const through = new URL(setup.database.connectionString);
  through.host = `127.0.0.1:${proxy.port}`;
  const environment = { DATABASE_URL: through.href };
  const service = await startServiceProcess(setup, { environment });
  await service.ready();
  const creating = Promise.all(
    Array.from({ length: PAYOUTS }, async (_, index) => {
      await sleep(index * 120);
      return createStubbornly(service.api);
    }),
  );
  for (let count = 0; count < CUTS; count += 1) {
    await sleep(600);
    proxy.cut();
    await sleep(250);
    proxy.mend();
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
