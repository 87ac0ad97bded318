/**
 * The files of a stopped server are put back as they were: the same server, database and timeline,
 * so that nothing in it shows what is missing. An operator does, with the command that the restore
 * procedure begins with.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOperatorCommand } from '../support/operator-command.ts';
import { createRestoredServer, type RestoredServer } from './restored-server.ts';

let server: RestoredServer;
beforeAll(async () => {
  server = await createRestoredServer();
});
afterAll(() => server.close());

test('after the command, what a snapshot did not hold is neither paid twice nor denied', async () => {
  const { postgres, setup, history } = server;
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
