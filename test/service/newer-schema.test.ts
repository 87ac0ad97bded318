/**
 * A start on a database that the next version has migrated: allowed as long as that version says
 * so, which is how an installation goes back one version without a restore.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { startService } from '../../src/service.ts';
import { createApiClient } from '../support/api-client.ts';
import { migrateToNextVersion } from '../support/next-version.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

let setup: Setup;
let next: number;

beforeAll(async () => {
  setup = await createSetup();
  await migrateToNextVersion(setup.database.connectionString);
  const rows = await setup.database.query('select version from schema_migrations');
  next = rows.length;
});
afterAll(() => setup.close());

async function start(lines: string[], changes: Record<string, string> = {}) {
  const loaded = loadConfig(await setup.environment(changes), () => '');
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
  return startService(
    loaded.config,
    createLogger('info', { write: (line) => void lines.push(line) }),
  );
}

const readableFrom = (version: number) =>
  setup.database.query('update installation set oldest_reader = $1', [version]);

const aboutSchema = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('A newer version has migrated the database'));

test.each([['true'], ['false']])(
  'it works, and says so in one line (MIGRATE_ON_START=%s)',
  async (migrates) => {
    const lines: string[] = [];
    const service = await start(lines, { MIGRATE_ON_START: migrates });
    try {
      const api = createApiClient(service.url, setup.secrets.apiKey);
      const { id } = await api.create();
      expect(await api.untilStatus(id, 'approved')).toMatchObject({ money_moved: 'yes' });
      expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
      expect(aboutSchema(lines)).toHaveLength(1);
    } finally {
      await service.close();
    }
  },
);

test('it is refused once the newer version says that this one is too old', async () => {
  await readableFrom(next);
  try {
    await expect(start([])).rejects.toThrow(`the database has schema ${next}`);
    await expect(start([], { MIGRATE_ON_START: 'false' })).rejects.toThrow('schema');
  } finally {
    await readableFrom(next - 1);
  }
});

test('a replica that has become too old while it ran is no longer ready', async () => {
  const service = await start([]);
  try {
    await readableFrom(next);
    const answer = await fetch(`${service.url}/health/ready`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      problems: ['The database has a schema that this version cannot work on.'],
    });
  } finally {
    await readableFrom(next - 1);
    await service.close();
  }
});
