/**
 * A process that lacks PRAXIS_NOTIFY_URL, one bad start of the service or the command line of an
 * operator, loses no letter: each is written with its change, and sent by any replica that can.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { payoutBody } from '../support/api-client.ts';
import { runOperatorCommand } from '../support/operator-command.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { cashier } from './platform.ts';
import { createServices, readinessOf, type Services } from './services.ts';

let setup: Setup;
let services: Services;
beforeEach(async () => {
  setup = await createSetup();
  services = createServices(setup);
});
afterEach(async () => {
  await services.kill();
  await setup.close();
});

const startNotifying = (): Promise<ServiceProcess> =>
  services.start({ environment: platformEnvironment(setup.secrets, setup.simulatorUrl) });

const heard = (reference: string): string =>
  setup.simulator.control
    .letters()
    .filter((letter) => letter.reference === reference)
    .map(({ letter }) => letter)
    .join('');

const untilHeard = (reference: string, letters: string): Promise<boolean> =>
  waitFor(`${letters}, heard ${heard(reference)}`, () => heard(reference) === letters);

test('a start without the address is not ready, creates nothing, and no letter is lost', async () => {
  const first = await startNotifying();
  const { id, reference } = await first.api.create({ cashier, release: 'on_authorization' });
  await first.api.untilStatus(id, 'bank_confirmed');
  await services.kill();

  const bad = await services.launch();
  await waitFor('an answer about readiness', async () => (await readinessOf(bad)).status !== 0);
  expect(await readinessOf(bad)).toMatchObject({
    status: 503,
    text: expect.stringContaining('PRAXIS_NOTIFY_URL'),
  });
  const refused = await bad.api.send('POST', '/v1/payouts', {
    body: payoutBody({ cashier }),
    headers: { 'idempotency-key': 'while-it-lacks-the-address' },
  });
  expect(refused.status).toBe(503);
  expect((await bad.api.send('POST', `/v1/payouts/${id}/authorize`)).status).toBe(200);
  await bad.api.untilStatus(id, 'approved');
  expect(heard(reference)).toBe('');
  await services.kill();

  await startNotifying();
  await untilHeard(reference, 'APY');
}, 60_000);

test('what an operator resolves without the address is notified once the service has it', async () => {
  const first = await startNotifying();
  // The bank answers error after payout-pay: only a person can say what became of it.
  const { id, reference } = await first.api.create({ cashier, amount: '10.04' });
  await first.api.until(id, ({ attention }) => attention?.code === 'gateway_error');
  await untilHeard(reference, 'AP');
  await services.kill();

  const resolve = ['resolve', id, '--finding', 'not_paid', '--evidence', 'Asked the bank.'];
  const bare = await setup.environment();
  const resolved = await runOperatorCommand(bare, ...resolve, '--name', 'Ann');
  expect([resolved.exitCode, resolved.output]).toEqual([0, resolved.output]);
  await startNotifying();
  await untilHeard(reference, 'APJ');
}, 60_000);

test('the value none switches notifications off, and a redelivery sends what was skipped', async () => {
  await startNotifying();
  await services.kill();
  const silent = await services.start({ environment: { PRAXIS_NOTIFY_URL: 'none' } });
  const { id, reference } = await silent.api.create({ cashier });
  await silent.api.untilStatus(id, 'approved');
  const states = (): Promise<{ state: string }[]> =>
    setup.database.query('select state from notifications where payout_id = $1', [id]);
  await waitFor('every letter to be skipped', async () => {
    const rows = await states();
    return rows.length === 3 && rows.every(({ state }) => state === 'skipped');
  });
  expect(heard(reference)).toBe('');
  await services.kill();

  const loud = await startNotifying();
  const path = `/v1/payouts/${id}/notifications/redeliver`;
  expect((await loud.api.send('POST', path)).status).toBeLessThan(300);
  await untilHeard(reference, 'APY');
}, 60_000);
