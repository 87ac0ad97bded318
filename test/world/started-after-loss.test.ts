/**
 * A server comes back without its last commits while a replica that remembers them lives, and a
 * process that remembers nothing is started before that replica has looked: another replica, or a
 * command line. Real processes, and the real files of the server put back.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { runOperatorCommand } from '../support/operator-command.ts';
import type { OwnPostgres } from '../support/own-postgres.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { createSetupOnServer, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { addressOf } from './led-pair.ts';
import { createPlatform, type Platform } from './platform.ts';
import { createServices, type Services } from './services.ts';

/** Status replies lag behind payout-pay by less than the quiet period, as those of a replica do. */
const LAG_MS = 9000;

let postgres: OwnPostgres;
let setup: Setup;
let services: Services;
let platform: Platform;
/** Between the server and the replica that remembers. */
let door: CuttableProxy;
let first: ServiceProcess;

beforeEach(async () => {
  ({ postgres, setup } = await createSetupOnServer(
    {},
    { payTwiceHappens: true, callbacks: 'off', validateDelayMs: 4000, payDelayMs: 600_000 },
  ));
  services = createServices(setup);
  platform = createPlatform();
  door = await startCuttableProxy(addressOf(postgres.port));
  const url = new URL(postgres.connectionString);
  url.port = String(door.port);
  first = await services.start({ environment: { DATABASE_URL: url.href } });
  platform.connect(first.api);
});
afterEach(async () => {
  await services.kill();
  await door.close();
  await setup.close();
});

const callsOf = (command: string): number =>
  setup.simulator.control.requests().filter((one) => one.command === command).length;

/** The payout is paid, and the files of the server are put back as they were before that. */
async function loseThePayment(): Promise<void> {
  await platform.create('one');
  await platform.untilStatus('one', 'bank_confirming');
  await postgres.stop('SIGINT');
  const copy = await postgres.copyFiles('snapshot');
  await postgres.start();
  await waitFor('the payment', () => callsOf('payout-pay') === 1);
  await platform.untilStatus('one', 'processing');
  setup.simulator.control.setBehaviour({ statusLagMs: LAG_MS });
  door.cut();
  await postgres.stop('SIGKILL');
  await postgres.putBack(copy);
  await postgres.start();
}

async function untilNoticed(): Promise<void> {
  await waitFor('the loss to be noticed', async () => {
    const rows = await setup.database.query<{ epoch: number }>('select epoch from installation');
    return rows[0]?.epoch === 2;
  });
}

test('a replica that starts pays nothing before the one that remembers has compared', async () => {
  await loseThePayment();
  const polls = callsOf('status');
  const second = await services.start();
  await waitFor('the second replica to poll', () => callsOf('status') > polls);
  door.restore();
  await untilNoticed();
  platform.connect(second.api);
  await platform.until('one', ({ gateway }) => gateway.stage === 'payout_processing');
  expect(callsOf('payout-pay')).toBe(1);
}, 90_000);

test('a command line cancels nothing before that replica has compared', async () => {
  await loseThePayment();
  const complete = await setup.environment();
  const condition = ['--status', 'bank_confirming,bank_confirmed', '--expected', '1'];
  const canceling = runOperatorCommand(complete, 'bulk', 'cancel', ...condition, '--name', 'Ann');
  // A replica that lives is back within seven seconds: its heartbeat, and the wait to connect.
  const connected = waitFor('the command to be connected for a while', async () => {
    const rows = await setup.database.query(
      `select from pg_stat_activity where application_name like 'payout-service%'
        and backend_start < clock_timestamp() - interval '3 seconds'`,
    );
    return rows.length > 0;
  });
  await Promise.race([canceling, connected]);
  door.restore();
  const { output } = await canceling;
  await untilNoticed();
  expect(await platform.read('one'), output).toMatchObject({ finalized_at: null });
}, 90_000);
