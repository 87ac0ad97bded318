/**
 * A failover that loses what one of two replicas committed, while the other one committed nothing:
 * real processes, a real standby, and a power cut that takes the first replica with its server.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { databaseAt } from '../support/database.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { createPlatform, type Platform } from './platform.ts';
import { createServices, type Services } from './services.ts';

const waits = { release: 'on_authorization' };
const at = (port: number) => ({ host: '127.0.0.1', port });

let primary: OwnPostgres;
let standby: PostgresServer;
/** Between the servers, and between the services and whichever server leads. */
let wire: CuttableProxy;
let door: CuttableProxy;
let setup: Setup;
let services: Services;
let platform: Platform;

beforeEach(async () => {
  primary = await startOwnPostgres();
  await primary.stop('SIGINT');
  const copy = await primary.copyFiles('standby');
  await primary.start();
  wire = await startCuttableProxy(at(primary.port));
  standby = await primary.standby(copy, wire.port);
  await standby.start();
  door = await startCuttableProxy(at(primary.port));
  const led = new URL(primary.connectionString);
  led.port = String(door.port);
  // The bank takes its time, so that nothing ends by itself.
  setup = await createSetup({ payTwiceHappens: true, callbacks: 'off', payDelayMs: 600_000 }, () =>
    Promise.resolve(databaseAt(led.href, () => primary.remove())),
  );
  services = createServices(setup);
  platform = createPlatform();
});
afterEach(async () => {
  await services.kill();
  await setup.simulator.close();
  await Promise.all([wire.close(), door.close()]);
  await setup.close();
});

const start = (): Promise<ServiceProcess> =>
  services.start({ environment: { CHECK_QUIET_MS: '1000' } });

const onStandby = <Row extends object>(sql: string): Promise<Row[]> =>
  withConnection(
    standby.connectionString,
    async (client) => (await client.query(sql)).rows,
    // It is in recovery, which the service would refuse.
    { durable: false },
  );

async function untilCaughtUp(): Promise<void> {
  const [row] = await setup.database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  await waitFor('the standby to catch up', async () => {
    const sql = `select pg_last_wal_replay_lsn() >= '${row?.lsn}'::pg_lsn as is`;
    return (await onStandby<{ is: boolean }>(sql))[0]?.is === true;
  });
}

/** The room with the primary and this replica loses its power, and the standby leads. */
async function failOverWithout(replica: ServiceProcess): Promise<void> {
  await services.kill(replica);
  door.cut();
  await primary.stop('SIGKILL');
  await onStandby('select pg_promote()');
}

test('a replica that committed none of what is lost does not vouch for it', async () => {
  const first = await start();
  platform.connect(first.api);
  await platform.create('one', waits);
  await platform.create('other', waits);
  for (const name of ['one', 'other']) await platform.untilStatus(name, 'bank_confirmed');
  const second = await start();
  // It remembers a commit of its own, which the standby has.
  platform.connect(second.api);
  expect((await platform.command('other', 'cancel')).status).toBe(200);
  await untilCaughtUp();
  wire.cut();
  // It commits nothing of what is lost, and sees nothing of it.
  second.signal('SIGSTOP');
  const stoppedAt = performance.now();
  platform.connect(first.api);
  expect((await platform.command('one', 'authorize')).status).toBe(200);
  await platform.untilStatus('one', 'processing');
  await failOverWithout(first);
  await waitFor('more than two heartbeats', () => performance.now() - stoppedAt > 6000);
  second.signal('SIGCONT');
  door.mend(at(standby.port));
  await second.ready();
  platform.connect(second.api);
  await waitFor('payments to pause', async () => {
    const { body } = await second.api.send<{ paused: boolean }>('GET', '/v1/pause');
    return body.paused;
  });
  expect((await platform.command('one', 'cancel')).status).toBe(409);
}, 90_000);
