/**
 * A logical dump is restored: the database is another one of the same name, on the same server, and
 * knows nothing of what happened since. The service notices by itself.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { createLostHistory, type LostHistory } from './lost-history.ts';

let setup: Setup;
let history: LostHistory;
beforeAll(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  history = createLostHistory(setup);
});
afterAll(async () => {
  await history.stop();
  await setup.close();
});

/** Runs a statement where no database of the test is in the way. */
async function onServer(sql: string): Promise<void> {
  const url = new URL(setup.database.connectionString);
  url.pathname = 'postgres';
  await withConnection(url.href, (client) => client.query(sql));
}

test('what a dump did not hold is neither paid twice nor denied, and an operator ends the pause', async () => {
  const name = new URL(setup.database.connectionString).pathname.slice(1);
  await history.untilBackup();
  await onServer(`create database ${name}_dump template ${name}`);
  await history.sinceBackup();
  await onServer(`drop database ${name} with (force)`);
  await onServer(`alter database ${name}_dump rename to ${name}`);
  await history.afterRestore();
  const [row] = await setup.database.query<{ epoch: number }>('select epoch from installation');
  expect(row?.epoch).toBe(2);
  await history.afterEnd();
}, 240_000);
