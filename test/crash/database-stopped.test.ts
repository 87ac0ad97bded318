/**
 * PostgreSQL itself is stopped and killed every few seconds under load, below two services: callers
 * repeat with their key, nothing that was answered 201 is lost, and each payout is paid once.
 */

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import type { OwnPostgres, Stop } from '../support/own-postgres.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetupOnServer, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { type Create, createStubbornly, someCreate } from '../support/stubborn-caller.ts';
import { waitFor } from '../support/wait-for.ts';

const STOPS: readonly Stop[] = ['SIGKILL', 'SIGINT', 'SIGQUIT', 'SIGKILL'];
const CALLERS_OF_EACH = 3;
const CREATE_EVERY_MS = 100;
const ANSWERED_BETWEEN = 3 * CALLERS_OF_EACH;
/** Beyond send_before and the total timeout, so that an intent without an answer is finished. */
const LATER_MS = 40_000;

let postgres: OwnPostgres;
let setup: Setup;
const started: ServiceProcess[] = [];
beforeAll(async () => {
  ({ postgres, setup } = await createSetupOnServer({}, { payTwiceHappens: true }));
});
afterAll(async () => {
  for (const service of started) service.signal('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await setup.close();
});

async function start(clockShiftMs = 0): Promise<ServiceProcess> {
  // What was lost on its way is retried, so that every payout ends by itself.
  const environment = { PAYNETEASY_PAY_REPEAT: 'true' };
  const service = await startServiceProcess(setup, { clockShiftMs, environment });
  started.push(service);
  await service.ready();
  return service;
}

type Answered = { id: string; create: Create };

type Load = ReturnType<typeof startLoad>;

/** Callers that create payouts one after the other, until they are told to stop. */
function startLoad(api: ApiClient) {
  const answered: Answered[] = [];
  let isStopped = false;
  const caller = async (): Promise<void> => {
    while (!isStopped) {
      const create = someCreate();
      answered.push({ id: await createStubbornly(api, create), create });
      await sleep(CREATE_EVERY_MS);
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS_OF_EACH }, caller));
  return {
    count: () => answered.length,
    stop: async (): Promise<readonly Answered[]> => {
      isStopped = true;
      await callers;
      return answered;
    },
  };
}

const countOf = (loads: readonly Load[]): number =>
  loads.reduce((sum, load) => sum + load.count(), 0);

test('payouts survive a PostgreSQL that is stopped and killed every few seconds', async () => {
  const services = await Promise.all([start(), start()]);
  const loads = services.map(({ api }) => startLoad(api));
  for (const how of STOPS) {
    // Something is under way whenever it stops, also on a busy machine.
    const enough = countOf(loads) + ANSWERED_BETWEEN;
    await waitFor('creates to be answered', () => countOf(loads) >= enough);
    await sleep(randomInt(0, 1000));
    await postgres.stop(how);
    await sleep(randomInt(200, 1200));
    await postgres.start();
  }
  const answered = (await Promise.all(loads.map((load) => load.stop()))).flat();
  for (const service of services) {
    expect(service.linesWith('"level":"fatal"')).toEqual([]);
    await service.ready();
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
  }

  const next = await start(LATER_MS);
  await untilAllFinal(setup, 60_000);
  const ids = answered.map(({ id }) => id);
  expect(ids.length).toBeGreaterThanOrEqual(STOPS.length * ANSWERED_BETWEEN);
  await expectPaidOnce(setup, ids);
  // Each key is one payout, and still the one that was told.
  const again = await Promise.all(answered.map(({ create }) => createStubbornly(next.api, create)));
  expect(again).toEqual(ids);
  const [rows] = await setup.database.query<{ count: string }>('select count(*) from payouts');
  expect(Number(rows?.count)).toBe(ids.length);
  next.signal('SIGTERM');
  expect(await next.ended).toBe(0);
}, 150_000);
