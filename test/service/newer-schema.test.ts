/**
 * A start on a database that the next version has migrated: allowed as long as that version says
 * so, which is how an installation goes back one version without a restore.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { createLogger } from '../../src/log.ts';
import { startService } from '../../src/service/service.ts';
import { type ApiClient, createApiClient, payoutBody } from '../support/api-client.ts';
import { migrateToNextVersion } from '../support/next-version.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

let setup: Setup;
let next: number;
let duringLife: string[];

const cashier = { pin: '7', front_end_name: 'TEST EUR' };

/** A payout from create to its last letter, and everything that a reader may ask about it. */
async function liveOnce(api: ApiClient): Promise<void> {
  const { id } = await api.create({ cashier });
  await api.untilStatus(id, 'approved');
  await waitFor('the last letter', async () => {
    const rows = await setup.database.query(
      `select 1 from notifications where payout_id = $1 and letter = 'Y' and state = 'delivered'`,
      [id],
    );
    return rows.length === 1;
  });
  for (const path of ['/v1/events', '/v1/payouts', `/v1/payouts/${id}/timeline`, '/v1/pause']) {
    expect((await api.send('GET', path)).status).toBe(200);
  }
  expect((await api.send('POST', `/v1/payouts/${id}/notifications/redeliver`)).status).toBe(200);
}

/** Migrates as the next version would, under a replica that has prepared its statements. */
async function migrateUnderReplica(): Promise<string[]> {
  const lines: string[] = [];
  const service = await start(lines);
  try {
    const api = createApiClient(service.url, setup.secrets.apiKey);
    await Promise.all([liveOnce(api), liveOnce(api), liveOnce(api)]);
    await migrateToNextVersion(setup.database.connectionString);
    await Promise.all([liveOnce(api), liveOnce(api), liveOnce(api)]);
  } finally {
    await service.close();
  }
  return lines;
}

beforeAll(async () => {
  setup = await createSetup();
  duringLife = await migrateUnderReplica();
  const rows = await setup.database.query('select version from schema_migrations');
  next = rows.length;
});
afterAll(() => setup.close());

async function start(lines: string[], changes: Record<string, string> = {}) {
  const platform = platformEnvironment(setup.secrets, setup.simulatorUrl);
  const loaded = loadConfig(await setup.environment({ ...platform, ...changes }), () => '');
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

test('a replica that runs while the next version migrates goes on without a failed statement', () => {
  const failed = duringLife.filter((line) => ['error', 'fatal'].includes(JSON.parse(line).level));
  expect(failed).toEqual([]);
  expect(duringLife.join()).not.toContain('cached plan');
});

test.each([['true'], ['false']])(
  'it works, and says so in one line (MIGRATE_ON_START=%s)',
  async (migrates) => {
    const lines: string[] = [];
    const service = await start(lines, { MIGRATE_ON_START: migrates });
    try {
      const api = createApiClient(service.url, setup.secrets.apiKey);
      const { id } = await api.create({ cashier });
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

test('a replica that has become too old while it ran is no longer ready, and creates nothing', async () => {
  const service = await start([]);
  try {
    const api = createApiClient(service.url, setup.secrets.apiKey);
    const body = payoutBody({ cashier });
    const headers = { 'idempotency-key': randomUUID() };
    const taken = await api.send('POST', '/v1/payouts', { body, headers });
    await readableFrom(next);
    await waitFor('a create to be refused', async () => {
      const refused = await api.send<{ code?: string }>('POST', '/v1/payouts', {
        body: payoutBody({ cashier }),
        headers: { 'idempotency-key': randomUUID() },
      });
      if (refused.status === 201) return false;
      expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      return true;
    });
    const repeated = await api.send('POST', '/v1/payouts', { body, headers });
    expect([repeated.status, repeated.body.id]).toEqual([201, taken.body.id]);
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
