/**
 * A PostgreSQL whose settings let it lose commits: the service sets what it relies on for its own
 * sessions, so that a crash loses nothing that was answered 201, and refuses a server that cannot.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OwnPostgres } from '../support/own-postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { createSetupOnServer, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';
import { createServices, readinessOf, type Services } from './services.ts';

const ROUNDS = 3;
const CALLERS = 4;
const ANSWERED_PER_ROUND = 30;
/** The log is written at commit, or by the server whenever it comes to it: late, here. */
const WRITES_LATE = { wal_writer_delay: '10s', wal_writer_flush_after: '1GB' };

let postgres: OwnPostgres;
let setup: Setup;
let services: Services;
beforeEach(async () => {
  ({ postgres, setup } = await createSetupOnServer(
    { settings: WRITES_LATE },
    { payTwiceHappens: true },
  ));
  services = createServices(setup);
});
afterEach(async () => {
  await services.kill();
  await setup.close();
});

test('a role that does not wait for its commits loses none, wherever the server is killed', async () => {
  await setup.database.query('alter role payouts set synchronous_commit = off');
  const { api } = await services.start();
  const ids: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    let goesOn = true;
    const calling = Array.from({ length: CALLERS }, async () => {
      while (goesOn) {
        // A create that is cut off by the kill was promised to no client.
        const created = await api.create({ release: 'on_authorization' }).catch(() => null);
        if (created !== null) ids.push(created.id);
      }
    });
    await waitFor('creates to be answered', () => ids.length >= round * ANSWERED_PER_ROUND);
    await postgres.stop('SIGKILL');
    goesOn = false;
    await Promise.all(calling);
    await postgres.start();
  }
  const kept = await setup.database.query<{ id: string }>(
    'select id from payouts where id = any($1)',
    [ids],
  );
  expect(kept).toHaveLength(ids.length);
}, 60_000);

test('and what it pays meanwhile is paid once', async () => {
  await setup.database.query('alter role payouts set synchronous_commit = off');
  const { api } = await services.start();
  const ids: string[] = [];
  for (let count = 0; count < 10; count += 1) ids.push((await api.create()).id);
  const { control } = setup.simulator;
  await waitFor('a payment', () => control.ledger().length > 0);
  await postgres.stop('SIGKILL');
  await postgres.start();
  await untilAllFinal(setup, 25_000);
  expect(await expectPaidOnce(setup, ids)).toHaveLength(ids.length);
}, 60_000);

/** Starts a service on this server and waits until it says what is wrong; its readiness then. */
async function refusal(server: PostgresServer, word: string): Promise<number> {
  const environment = { DATABASE_URL: server.connectionString };
  const service = await services.launch({ environment });
  await waitFor(`a line with ${word}`, () => service.output().includes(word));
  return (await readinessOf(service)).status;
}

test('a server that cannot keep what it acknowledges is refused by the name of its setting', async () => {
  const unsafe: readonly (readonly [string, Record<string, string>])[] = [
    ['fsync', { fsync: 'off' }],
    ['full_page_writes', { full_page_writes: 'off' }],
  ];
  await (await services.start()).api.create();
  await services.kill();
  for (const [word, settings] of unsafe) {
    await postgres.stop('SIGINT');
    await postgres.start(settings);
    expect([word, await refusal(postgres, word)]).not.toEqual([word, 200]);
    await services.kill();
  }
}, 60_000);

test('a standby is refused, since it is in recovery', async () => {
  await services.start();
  await services.kill();
  await postgres.stop('SIGINT');
  const copy = await postgres.copyFiles('standby');
  await postgres.start();
  const standby = await postgres.standby(copy, postgres.port);
  await standby.start();
  expect(await refusal(standby, 'recovery')).not.toBe(200);
}, 60_000);
