/**
 * The commands of this version on a database that a newer one has migrated and written to.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, openCommandLine } from '../support/command-line.ts';
import {
  asNextVersion,
  migrateToNextVersion,
  NEXT_CODE,
  NEXT_STATUS,
} from '../support/next-version.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

let service: RunningService;
let commands: CommandLine;
let id: string;

beforeAll(async () => {
  service = await startRunningService();
  commands = await openCommandLine(service);
  ({ id } = await service.api.create());
  await service.api.untilStatus(id, 'approved');
  await migrateToNextVersion(service.database.connectionString);
  const { attention, reason } = asNextVersion({ memory: {}, attention: [], reason: null });
  await service.database.query(
    `update payouts set status = $2, attention = $3, reason = $4, revision = revision + 1
     where id = $1`,
    [id, NEXT_STATUS, JSON.stringify(attention), JSON.stringify(reason)],
  );
});
afterAll(async () => {
  await service.close();
  await commands.close();
});

const run = (...args: string[]) => commands.run(args);

test('list and show print a payout as it is, with values that are not known', async () => {
  const listed = await run('list', '--attention');
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toContain(NEXT_STATUS);
  expect(listed.out).toContain(NEXT_CODE);
  const shown = await run('show', id);
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain(`! ${NEXT_CODE} (urgent`);
  expect(shown.out).toContain('newer version');
});

test.each(['due', 'acknowledge', 'redeliver'])(
  '%s leaves it to the newer version',
  async (name) => {
    const ran = await run(name, id);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(
      'in a state of a newer version: status; use the program of that version',
    );
  },
);

test('nothing runs on a schema that is too new', async () => {
  await service.database.query('update installation set oldest_reader = 1000');
  const ran = await run('list');
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain('this program knows schemas up to');
});
