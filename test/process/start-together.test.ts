/**
 * Replicas that are started at the same moment on an empty database, as an orchestrator does it.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { OWN_VERSION } from '../../src/store/database/migration-files.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

const REPLICAS = 3;

let setup: Setup;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  setup = await createSetup();
  await setup.database.query('drop schema public cascade');
  await setup.database.query('create schema public');
});
afterAll(async () => {
  for (const service of started) service.signal('SIGKILL');
  await setup.close();
});

test('one of them migrates, all of them get ready, and each can be stopped', async () => {
  for (let index = 0; index < REPLICAS; index += 1) started.push(await startServiceProcess(setup));
  await Promise.all(started.map((service) => service.ready()));

  const migrated = started.map((service) => service.linesWith('Migrated the database.').length);
  expect(migrated.toSorted((a, b) => a - b)).toEqual([0, 0, OWN_VERSION]);
  const { id } = (await started[0]?.api.create()) ?? { id: '' };
  expect((await started[1]?.api.untilStatus(id, 'approved'))?.money_moved).toBe('yes');

  for (const service of started) service.signal('SIGTERM');
  const codes = await Promise.all(started.map((service) => service.ended));
  expect(codes).toEqual([0, 0, 0]);
}, 120_000);
