/**
 * The database fails over to a standby while the service lives. Whether the standby had everything
 * is known by what the service remembers of its own commits: where something is missing, payments
 * stop and the platform's repeats meet the orders they made; where nothing is, everything goes on.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import type { Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { addressOf, type LedPair, startLedPair } from './led-pair.ts';
import { createPlatform, expectHonest, type Platform, paymentsByReference } from './platform.ts';

const waits = { release: 'on_authorization' };

let pair: LedPair;
let setup: Setup;
let service: ServiceProcess;
let platform: Platform;
let references: Map<string, string>;

beforeEach(async () => {
  pair = await startLedPair({ payTwiceHappens: true, callbacks: 'off' });
  setup = pair.setup;
  const environment = { CHECK_QUIET_MS: '1000', LOG_LEVEL: 'info' };
  service = await startServiceProcess(setup, { environment });
  await service.ready();
  platform = createPlatform();
  platform.connect(service.api);
  references = new Map();
});
afterEach(async () => {
  service.signal('SIGKILL');
  await service.ended;
  await pair.close();
});

async function create(name: string, changes: object = {}): Promise<void> {
  const { gateway, reference } = await platform.create(name, changes);
  references.set(gateway.client_order_id, reference);
}

async function untilCaughtUp(): Promise<void> {
  const [row] = await setup.database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  await waitFor('the standby to catch up', async () => {
    const sql = `select pg_last_wal_replay_lsn() >= '${row?.lsn}'::pg_lsn as is`;
    return (await pair.onStandby<{ is: boolean }>(sql))[0]?.is === true;
  });
}

/** The primary dies, the standby leads, and the service finds it at the same address. */
async function failOver(): Promise<void> {
  pair.wire.cut();
  pair.door.cut();
  await pair.primary.stop('SIGKILL');
  await pair.onStandby('select pg_promote()');
  pair.door.restore(addressOf(pair.standby.port));
  await service.ready();
}

const isPaused = async (): Promise<boolean> =>
  (await service.api.send<{ paused: boolean }>('GET', '/v1/pause')).body.paused;

const payments = (name: string): number =>
  paymentsByReference(setup, references).get(platform.known(name).reference) ?? 0;

test('a standby that lags pauses payments, and what it misses is not paid twice', async () => {
  await create('paid');
  await platform.untilStatus('paid', 'approved');
  await create('waiting', waits);
  await platform.untilStatus('waiting', 'bank_confirmed');
  await untilCaughtUp();
  pair.wire.cut();
  await create('lost');
  await platform.untilStatus('lost', 'approved');
  expect((await platform.command('waiting', 'cancel')).status).toBe(200);
  await platform.follow();
  const number = platform.lastNumber();
  await failOver();

  await waitFor('payments to pause', isPaused);
  const repeated = await platform.repeat('lost');
  expect(repeated.status).toBe(201);
  references.set(repeated.body.gateway.client_order_id, repeated.body.reference);
  await platform.untilStatus('lost', 'approved');
  await create('new');
  await platform.untilStatus('new', 'bank_confirmed');
  const numbers = await platform.follow();
  expect(Math.min(...numbers)).toBeGreaterThan(number);
  expect(['paid', 'lost', 'new', 'waiting'].map(payments)).toEqual([1, 1, 0, 0]);
  expectHonest(setup, references);
}, 60_000);

test('a standby that misses nothing takes over, and payments go on', async () => {
  await create('paid');
  await platform.untilStatus('paid', 'approved');
  await create('waiting', waits);
  await platform.untilStatus('waiting', 'bank_confirmed');
  await untilCaughtUp();
  await failOver();

  await create('new');
  await platform.untilStatus('new', 'approved');
  expect((await platform.command('waiting', 'authorize')).status).toBe(200);
  await platform.untilStatus('waiting', 'approved');
  expect(await isPaused()).toBe(false);
  expect(['paid', 'new', 'waiting'].map(payments)).toEqual([1, 1, 1]);
  expectHonest(setup, references);
}, 60_000);
