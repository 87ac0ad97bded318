/**
 * A point in time is restored from a base copy and the archived log: the same server and database
 * on a new timeline, on which something is missing. The service notices by itself.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRestoredServer, type RestoredServer } from './restored-server.ts';

const ARCHIVES = { archive_mode: 'on', archive_command: 'cp %p ../archive-%f' };

let server: RestoredServer;
beforeAll(async () => {
  server = await createRestoredServer({ settings: ARCHIVES });
});
afterAll(() => server.close());

test('what came after the point in time is neither paid twice nor denied', async () => {
  const { postgres, setup, history } = server;
  await postgres.stop('SIGINT');
  const copy = await postgres.copyFiles('base');
  await postgres.start();
  await history.untilBackup();
  await setup.database.query(`select pg_create_restore_point('before')`);
  await history.sinceBackup();
  // A fast stop archives what is left of the log.
  await setup.database.query('select pg_switch_wal()');
  await postgres.stop('SIGINT');
  await postgres.putBack(copy, ['recovery.signal']);
  await postgres.start({
    restore_command: 'cp ../archive-%f %p',
    recovery_target_name: 'before',
    recovery_target_action: 'promote',
  });
  await history.afterRestore();
  const [row] = await setup.database.query<{ timeline: string }>(
    'select timeline from installation',
  );
  expect(Number.parseInt(row?.timeline ?? '', 16)).toBe(2);
  await history.afterEnd();
}, 240_000);
