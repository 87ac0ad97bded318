/**
 * Two services on one database: they share the work, take each other's over, and never do it twice.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { payoutBody } from '../support/api-client.ts';
import { callsOf, commandsOf } from '../support/bank-orders.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

/** Five times the promise of 10 s. */
const TAKEN_OVER_WITHIN_MS = 50_000;
const LEASE_MS = 6000;

let setup: Setup;
let started: ServiceProcess[];
beforeEach(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  started = [];
});
afterEach(async () => {
  for (const service of started) service.signal('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await setup.close();
});

async function start(environment: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = await startServiceProcess(setup, { environment });
  started.push(service);
  await service.ready();
  return service;
}

test('share the work, and every payout gets one payout-check and one payout-pay', async () => {
  // So few that due payouts wait for either: without a limit the quicker one may take them all.
  const limited = { PAYNETEASY_MAX_PER_SECOND: '20' };
  const [first, second] = await Promise.all([start(limited), start(limited)]);
  const created = await Promise.all(
    Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? first : second).api.create()),
  );
  const ids = created.map(({ id }) => id);
  await untilAllFinal(setup, 30_000);
  await expectPaidOnce(setup, ids);
  const commands = ['payout-check', 'payout-pay'];
  expect(ids.map((id) => commandsOf(setup.simulator, id))).toEqual(ids.map(() => commands));
  for (const service of [first, second]) {
    expect(service.linesWith('"event":"pay_intended"').length).toBeGreaterThan(0);
  }
  const intents = [first, second].flatMap((service) => service.linesWith('"event":"pay_intended"'));
  expect(intents).toHaveLength(ids.length);
}, 60_000);

/** A service and payouts that it surely holds, since their status requests hang at the gateway. */
async function startHolding(count: number): Promise<{ first: ServiceProcess; held: string[] }> {
  const first = await start();
  const faults = [{ command: 'status' as const, fault: 'hang' as const, times: count }];
  setup.simulator.control.setBehaviour({ faults });
  const created = await Promise.all(Array.from({ length: count }, () => first.api.create()));
  const held = created.map(({ id }) => id);
  await waitFor('every call to hang', () =>
    held.every((id) => callsOf(setup.simulator, id).includes('status hang')),
  );
  return { first, held };
}

/** Waits until the other replica polls all of these, and notes how long that took. */
async function untilTakenOver(context: TestContext, held: readonly string[]): Promise<void> {
  const begun = performance.now();
  await waitFor(
    'the other one to ask',
    () => held.every((id) => callsOf(setup.simulator, id).length > 2),
    TAKEN_OVER_WITHIN_MS,
  );
  await context.annotate(`taken over after ${Math.round(performance.now() - begun)} ms`);
}

test('what a killed one had in its hands is taken over', async (context) => {
  const { first, held } = await startHolding(10);
  await start();
  // Long enough for the first one to extend its leases at least once more.
  await sleep(LEASE_MS / 2);
  for (const id of held) expect(callsOf(setup.simulator, id)).toHaveLength(2);
  first.signal('SIGKILL');
  await untilTakenOver(context, held);
  await untilAllFinal(setup, 30_000);
  await expectPaidOnce(setup, held);
}, 120_000);

test('one that is stopped for longer than its lease does nothing twice when it goes on', async (context) => {
  const { first, held } = await startHolding(5);
  const second = await start();
  const creating = Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await sleep(index * 25);
      return second.api.create();
    }),
  );
  await sleep(500);
  first.signal('SIGSTOP');
  await Promise.all([untilTakenOver(context, held), sleep(LEASE_MS + 2000)]);
  first.signal('SIGCONT');
  const ids = [...held, ...(await creating).map(({ id }) => id)];
  await untilAllFinal(setup, 60_000);
  await expectPaidOnce(setup, ids);
  for (const id of ids) {
    const pays = commandsOf(setup.simulator, id).filter((command) => command === 'payout-pay');
    expect(pays).toHaveLength(1);
  }
  await first.ready();
}, 120_000);

test('fifty equal creates over both, one of them killed, are one payout and one payment', async () => {
  const [first, second] = await Promise.all([start(), start()]);
  const headers = { 'idempotency-key': 'one-key-for-all' };
  const body = payoutBody();
  const send = (service: ServiceProcess) =>
    service.api.send('POST', '/v1/payouts', { body, headers }).catch(() => null);
  const sent = Array.from({ length: 50 }, (_, index) => send(index % 2 === 0 ? first : second));
  await Promise.race(sent);
  first.signal('SIGKILL');

  // A client that the killed replica left without an answer repeats its request.
  const again = (await Promise.all(sent))
    .filter((answer) => answer === null)
    .map(() => send(second));
  const answers = [...(await Promise.all(sent)), ...(await Promise.all(again))];
  const answered = answers.filter((answer) => answer !== null);

  expect(answered.length).toBeGreaterThanOrEqual(50);
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answered.map(({ body: payout }) => JSON.stringify(payout))).size).toBe(1);
  await untilAllFinal(setup, 60_000);
  await expectPaidOnce(setup, [...new Set(answered.map(({ body: payout }) => payout.id))]);
}, 120_000);
