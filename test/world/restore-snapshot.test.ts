/**
 * The files of a stopped server are put back as they were: the same server, database and timeline,
 * so that nothing in it tells what is missing. A person does, with the command that the restore
 * procedure begins with.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseAt } from '../support/database.ts';
import { runOperatorCommand } from '../support/operator-command.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { createLostHistory, type LostHistory } from './lost-history.ts';

let postgres: OwnPostgres;
let setup: Setup;
let history: LostHistory;
beforeAll(async () => {
  postgres = await startOwnPostgres();
  setup = await createSetup({ payTwiceHappens: true }, () =>
    Promise.resolve(databaseAt(postgres.connectionString, () => postgres.remove())),
  );
  history = createLostHistory(setup);
});
afterAll(async () => {
  await history.stop();
  await setup.close();
});

test('after the command, what a snapshot did not hold is neither paid twice nor denied', async () => {
  await history.untilBackup();
  await postgres.stop('SIGINT');
  const copy = await postgres.copyFiles('snapshot');
  await postgres.start();
  await history.sinceBackup();
  await postgres.stop('SIGINT');
  await postgres.putBack(copy);
  await postgres.start();

  const environment = await setup.environment({ ...history.environment });
  const begin = ['--begin', '--reason', 'The snapshot of noon.', '--name', 'Ann'];
  const begun = await runOperatorCommand(environment, 'after-restore', ...begin);
  expect([begun.exitCode, begun.output]).toEqual([0, begun.output]);
  await history.afterRestore();
  await history.afterEnd();
}, 240_000);
