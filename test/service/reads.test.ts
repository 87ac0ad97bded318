/**
 * Slow reads of many payouts take nothing from what payouts need: forty of them are held, and
 * creates are answered as ever.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReads, READS_MAX } from '../../src/flow/api/reads.ts';
import { RequestProblem } from '../../src/flow/api/request-problem.ts';
import type { Reads } from '../../src/flow/context.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import { createLogger } from '../../src/log.ts';
import { createDatabase, isUnavailable, READS } from '../../src/store/database/pool.ts';
import { DatabaseUnfit } from '../../src/store/database/session.ts';
import { createApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { API_KEYS } from '../support/http-keys.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const SLOW = 40;
/**
 * A create takes 20 ms, and more on a busy machine. With all connections held it waits as long as
 * this for one, and is answered 503.
 */
const CREATE_MS_MAX = 5000;
const CREATES = 10;
/** A scrape waits two seconds for its figures. */
const SCRAPED_WITHIN_MS = 60_000;

let service: RunningService;
beforeEach(async () => {
  service = await startRunningService({ environment: { API_KEYS } });
});
afterEach(() => service.close());

/** Holds what the feed and timelines read, and what neither creates nor the runner touch. */
async function holdReads(): Promise<Client> {
  const holder = new Client({ connectionString: service.database.connectionString });
  await holder.connect();
  await holder.query('begin; lock table feed_head, cashier_calls in access exclusive mode');
  return holder;
}

const held = () =>
  service.database.query(
    `select from pg_locks where not granted
       and database = (select oid from pg_database where datname = current_database())`,
  );

/** Every connection for reads waits, or even more of them. */
const untilHeld = () =>
  waitFor('the reads to be held', async () => (await held()).length >= READS.connectionsMax);

test.each(['/v1/events', '/v1/payouts/ID/timeline'])(
  'forty slow reads of %s with a key that only reads leave creates alone',
  async (path) => {
    const platform = createApiClient(service.url, 'platform-key');
    const reader = createApiClient(service.url, 'reader-key');
    const { id } = await platform.create();
    const holder = await holdReads();
    let isHeld = true;
    const refusals: { status: number; code: string; retryAfter: number }[] = [];
    const readAgain = async (): Promise<void> => {
      while (isHeld) {
        const { status, body, headers } = await reader.send<{ code: string }>(
          'GET',
          path.replace('ID', id),
        );
        refusals.push({ status, code: body.code, retryAfter: Number(headers.get('retry-after')) });
        await sleep(200);
      }
    };
    const reading = Array.from({ length: SLOW }, readAgain);
    try {
      await untilHeld();
      for (let created = 0; created < CREATES; created += 1) {
        const begunAt = performance.now();
        await platform.create();
        expect(performance.now() - begunAt).toBeLessThan(CREATE_MS_MAX);
        expect((await held()).length).toBeLessThanOrEqual(READS.connectionsMax);
        await sleep(200);
      }
    } finally {
      isHeld = false;
      await Promise.all(reading);
    }

    expect(refusals.length).toBeGreaterThan(SLOW);
    for (const { status, code, retryAfter } of refusals) {
      expect([status, code]).toEqual([503, 'UNAVAILABLE']);
      expect(retryAfter).toBeGreaterThan(0);
    }
    await holder.end();
    expect((await reader.send('GET', path.replace('ID', id))).status).toBe(200);
    const page = await (await fetch(`${service.url}/metrics`)).text();
    expect(page).toMatch(/http_requests_limited_total\{route="read"\} [1-9]/);
  },
  60_000,
);

test('a scrape has the figures of all payouts while reads are slow', async () => {
  const reader = createApiClient(service.url, 'reader-key');
  await service.api.send('GET', '/v1/events');
  const holder = await holdReads();
  // A read is stopped after three seconds, and on a busy machine a scrape may take longer.
  const page = await waitFor(
    'a scrape while reads are held',
    async () => {
      const reading = Array.from({ length: SLOW }, () => reader.send('GET', '/v1/events?after=1'));
      await untilHeld();
      const text = await (await fetch(`${service.url}/metrics`)).text();
      const isHeld = (await held()).length > 0;
      await Promise.all(reading);
      return isHeld ? text : null;
    },
    SCRAPED_WITHIN_MS,
  );
  expect(page).toContain('database_survey_success 1');
  await holder.end();
}, 90_000);

describe('a read of many payouts', () => {
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  let reads: Reads;
  beforeEach(async () => {
    const database = await createTestDatabase();
    const db = createDatabase(database.connectionString, () => {}, { limits: READS });
    reads = createReads(db, { log, observe: observeNothing });
    return async () => {
      await db.close();
      await database.drop();
    };
  });
  const slow = () => reads((db) => db.query({ text: 'select pg_sleep(60)' }));

  test('is refused while the server must not be used, although its own connections are older', async () => {
    const database = await createTestDatabase();
    let unfit: DatabaseUnfit | null = null;
    const judgedBy = { unfit: () => unfit };
    const db = createDatabase(database.connectionString, () => {}, { limits: READS, judgedBy });
    const statement = { text: 'select 7 as it' };
    expect((await db.query(statement)).rows).toEqual([{ it: 7 }]);
    unfit = new DatabaseUnfit('The database server is in recovery.');
    await expect(db.query(statement)).rejects.toBe(unfit);
    await expect(db.transaction(async () => {})).rejects.toBe(unfit);
    unfit = null;
    expect((await db.query(statement)).rows).toEqual([{ it: 7 }]);
    await db.close();
    await database.drop();
  });

  test('is stopped after three seconds, and the slow statement is logged', async () => {
    const begunAt = performance.now();
    const problem = await slow().catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'UNAVAILABLE', facts: { retryAfterSeconds: 5 } });
    expect(performance.now() - begunAt).toBeGreaterThan(2900);
    expect(lines.join()).toContain('took too long and was stopped');
  });

  test('is refused immediately where twenty are under way, and taken again when they are done', async () => {
    const all = await Promise.allSettled(Array.from({ length: SLOW }, slow));
    const errors = all.map((one) => (one.status === 'rejected' ? one.reason : null));
    const isProblem = (error: unknown): boolean =>
      (error instanceof RequestProblem && error.code === 'UNAVAILABLE') || isUnavailable(error);
    expect(errors.every(isProblem)).toBe(true);
    const refused = errors.filter((error) => String(error).includes('Too many lists'));
    expect(refused).toHaveLength(SLOW - READS_MAX);

    const { rows } = await reads((db) => db.query({ text: 'select 7 as it' }));
    expect(rows).toEqual([{ it: 7 }]);
  });
});
