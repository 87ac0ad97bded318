/**
 * A dump is restored while the bank is paying a payout whose payout-pay the dump does not have.
 * A cancel is refused, and the platform is told nothing that the ledger contradicts.
 */

import { afterEach, expect, test } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { cashier, createPlatform, expectHonest, paymentsByReference } from './platform.ts';

const waits = { release: 'on_authorization' };
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const killed = async (service: ServiceProcess): Promise<void> => {
  service.signal('SIGKILL');
  await service.ended;
};

test('a payout that the bank is paying is not told C after a dump was restored', async () => {
  const setup: Setup = await createSetup({ payTwiceHappens: true });
  ends.push(() => setup.close());
  const { control } = setup.simulator;
  const environment = {
    ...platformEnvironment(setup.secrets, setup.simulatorUrl),
    CHECK_QUIET_MS: '1000',
  };
  const start = async () => {
    const service = await startServiceProcess(setup, { environment });
    ends.push(() => killed(service));
    await service.ready();
    return service;
  };
  const platform = createPlatform();
  let service = await start();
  platform.connect(service.api);
  const created = await platform.create('one', { ...waits, cashier });
  const references = new Map([[created.gateway.client_order_id ?? '', created.reference]]);
  await platform.untilStatus('one', 'bank_confirmed');
  await killed(service);
  const name = new URL(setup.database.connectionString).pathname.slice(1);
  const url = new URL(setup.database.connectionString);
  url.pathname = 'postgres';
  const onServer = (sql: string) => withConnection(url.href, (client) => client.query(sql));
  await onServer(`create database ${name}_dump template ${name}`);
  service = await start();
  platform.connect(service.api);
  control.setBehaviour({ payDelayMs: 15_000 });
  expect((await platform.command('one', 'authorize')).status).toBe(200);
  await platform.untilStatus('one', 'processing');
  await killed(service);
  await onServer(`drop database ${name} with (force)`);
  await onServer(`alter database ${name}_dump rename to ${name}`);
  service = await start();
  platform.connect(service.api);
  await platform.until('one', ({ gateway }) => gateway.stage === 'payout_processing');
  const answer = await platform.command('one', 'cancel');
  await waitFor('the bank to pay', () => control.ledger().length > 0);
  expect(paymentsByReference(setup, references).size).toBe(1);
  expect(answer.status).toBe(409);
  expectHonest(setup, references);
}, 90_000);
