/**
 * The heartbeat with a real database: what it reports after a lost connection, and what happens to
 * due times and leases when the database's clock is set back.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/log.ts';
import { createHeartbeat } from '../../src/service/database/heartbeat.ts';
import { createDatabase, type Database } from '../../src/store/database/pool.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPayout } from '../support/stored-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR_MS = 3_600_000;

let database: TestDatabase;
let proxy: CuttableProxy;
let db: Database;
let lines: string[];
const log = createLogger('info', { write: (line) => void lines.push(line) });

beforeEach(async () => {
  lines = [];
  database = await createTestDatabase();
  const url = new URL(database.connectionString);
  proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  db = createDatabase(url.href, () => {});
});
afterEach(async () => {
  await db.close();
  await proxy.close();
  await database.drop();
});

const errors = (): unknown[] =>
  lines
    .map((line): { level?: unknown; msg?: unknown } => JSON.parse(line))
    .filter(({ level }) => level === 'error' || level === 50)
    .map(({ msg }) => msg);

test('after a lost connection no reply counts and nothing is trusted, until the next heartbeat by itself', async () => {
  const heartbeat = createHeartbeat(db, systemClock, log);
  expect(await heartbeat.run()).toBe(true);
  heartbeat.start();
  expect([heartbeat.repliesFrom(), heartbeat.isTrusted()]).toEqual([0, true]);

  const lostAt = heartbeat.clock.now();
  proxy.cut();
  await waitFor('the loss', () => db.losses() > 0);
  expect([heartbeat.repliesFrom(), heartbeat.isTrusted()]).toEqual([
    Number.POSITIVE_INFINITY,
    false,
  ]);
  await waitFor('tries in vain', () => db.losses() > 3);
  // A loss at each try must not make the tries more frequent.
  expect(db.losses()).toBeLessThan(10);

  proxy.restore();
  await waitFor('trust', heartbeat.isTrusted);
  expect(heartbeat.repliesFrom()).toBeGreaterThan(lostAt);
  expect(heartbeat.repliesFrom()).toBeLessThanOrEqual(heartbeat.clock.now() + 1);
  expect(errors()).toEqual([]);
  await heartbeat.stop();
});

test('what waits is brought forward, and old leases end, where the database’s clock is set back', async () => {
  let aheadMs = 5 * HOUR_MS;
  const stepping: Database = { ...db, examine: async (sent) => (await db.examine(sent)) + aheadMs };
  const heartbeat = createHeartbeat(stepping, systemClock, log);
  await heartbeat.run();
  const then = heartbeat.clock.now();
  const soon = await putPayout(db, { now: then, dueAt: then + 4000 });
  const hourly = await putPayout(db, { now: then, dueAt: then + HOUR_MS });
  const past = await putPayout(db, { now: then, dueAt: then - 9 * HOUR_MS });
  await database.query(
    `update payouts set lease_token = 'of a replica that died', lease_until = $2 where id = $1`,
    [soon.payout.id, new Date(then + 6000)],
  );
  await database.query(
    `insert into notifications (id, payout_id, position, letter, body, due_at, created_at)
    values ('msg_1', $1, 1, 'Y', '{}', $2, $2)`,
    [soon.payout.id, new Date(then + 1000)],
  );

  aheadMs = 0;
  await heartbeat.run();
  const dueIn = async (id: string): Promise<number> => {
    const [row] = await database.query<{ due_at: Date }>(
      `select due_at from payouts where id = $1
      union all select due_at from notifications where id = $1`,
      [id],
    );
    return (row?.due_at.getTime() ?? 0) - heartbeat.clock.now();
  };
  await waitFor('the due times', async () => (await dueIn(soon.payout.id)) < HOUR_MS);
  expect(await dueIn(soon.payout.id)).toBeLessThan(4100);
  expect(await dueIn('msg_1')).toBeLessThan(1100);
  expect(await dueIn(hourly.payout.id)).toBeGreaterThan(HOUR_MS / 2);
  expect(await dueIn(hourly.payout.id)).toBeLessThan(HOUR_MS + 100);
  expect(await dueIn(past.payout.id)).toBeLessThan(0);
  const [row] = await database.query('select lease_token, lease_until from payouts where id = $1', [
    soon.payout.id,
  ]);
  expect(row).toEqual({ lease_token: null, lease_until: null });
  expect(errors()).toContain("The database's clock was set back.");
});
