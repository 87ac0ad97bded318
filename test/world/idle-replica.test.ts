/**
 * A failover that loses what one of two replicas committed, while the other one committed nothing:
 * real processes, a real standby, and a power cut that takes the first replica with its server.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServiceProcess } from '../support/service-process.ts';
import type { Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { addressOf, type LedPair, startLedPair } from './led-pair.ts';
import { createPlatform, type Platform } from './platform.ts';
import { createServices, type Services } from './services.ts';

/** Five times the ten seconds after a start that ends nothing. */
const COMPARED_WITHIN_MS = 50_000;

const waits = { release: 'on_authorization' };

let pair: LedPair;
let setup: Setup;
let services: Services;
let platform: Platform;

beforeEach(async () => {
  // The bank takes its time, so that nothing ends by itself.
  pair = await startLedPair({ payTwiceHappens: true, callbacks: 'off', payDelayMs: 600_000 });
  setup = pair.setup;
  services = createServices(setup);
  platform = createPlatform();
});
afterEach(async () => {
  await services.kill();
  await pair.close();
});

const start = (): Promise<ServiceProcess> =>
  services.start({ environment: { CHECK_QUIET_MS: '1000' } });

async function untilCaughtUp(): Promise<void> {
  const [row] = await setup.database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  await waitFor('the standby to catch up', async () => {
    const sql = `select pg_last_wal_replay_lsn() >= '${row?.lsn}'::pg_lsn as is`;
    return (await pair.onStandby<{ is: boolean }>(sql))[0]?.is === true;
  });
}

/** The room with the primary and this replica loses its power, and the standby leads. */
async function failOverWithout(replica: ServiceProcess): Promise<void> {
  await services.kill(replica);
  pair.door.cut();
  await pair.primary.stop('SIGKILL');
  await pair.onStandby('select pg_promote()');
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
  // For ten seconds after a start a cancel is only kept.
  await waitFor(
    'a cancel to be taken',
    async () => (await platform.command('other', 'cancel')).status === 200,
    COMPARED_WITHIN_MS,
  );
  await untilCaughtUp();
  pair.wire.cut();
  // It commits nothing of what is lost, and sees nothing of it.
  second.signal('SIGSTOP');
  const stoppedAt = performance.now();
  platform.connect(first.api);
  expect((await platform.command('one', 'authorize')).status).toBe(200);
  await platform.untilStatus('one', 'processing');
  await failOverWithout(first);
  await waitFor('more than two heartbeats', () => performance.now() - stoppedAt > 6000);
  second.signal('SIGCONT');
  pair.door.restore(addressOf(pair.standby.port));
  await second.ready();
  platform.connect(second.api);
  await waitFor('payments to pause', async () => {
    const { body } = await second.api.send<{ paused: boolean }>('GET', '/v1/pause');
    return body.paused;
  });
  expect((await platform.command('one', 'cancel')).status).toBe(409);
}, 90_000);
