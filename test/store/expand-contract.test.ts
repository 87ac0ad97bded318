/**
 * Old and new version work side by side while replicas are replaced: a migration only adds what
 * the version before it does not need to know. Goal: statements of the first version, kept here as
 * they were, still work on the newest schema, and what they write is read by the newest version.
 */

import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { createDatabase, type Database } from '../../src/store/database/pool.ts';
import { findPayout } from '../../src/store/payouts/payouts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const MIGRATIONS = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));

const INSERT_PAYOUT = `insert into payouts (id, reference, api_key_name, idempotency_key,
    fingerprint, endpoint, release, amount_minor, currency, description, purpose, return_url,
    cashier, metadata, receiver, created_at, updated_at, due_at, due_class, status, status_since,
    money_moved, reason, finalized_at, order_id, stage, processor_tx_id, redirect_url,
    authorized_at, authorized_by, expires_at, release_withheld, attention, memory, version)
  values ($1, $1, 'platform', $1, 'k1:00', 'default', 'automatic', 1000, 'EUR', null, null, null,
    null, null, '\\x00', now(), now(), now(), 1, 'requested', now(), 'no', null, null, null, null,
    null, null, null, null, null, false, '[]', $2, 1)`;

const INSERT_EVENT = `insert into payout_events (payout_id, at, kind, version, status, says, data)
  values ($1, now(), 'created', 1, 'requested', 'A platform asked for the payout.', '{}')`;

const INSERT_CALLBACK = `insert into callbacks (endpoint, received_at, dedupe_key, payout_id,
    status, order_id, client_order_id, type, amount, currency, error_code, error_message)
  values ('default', now(), $1, $1, 'approved', '7', $1, null, null, null, null, null)`;

const SAVE = `update payouts set status = 'declined', money_moved = 'no', finalized_at = now(),
    version = version + 1, revision = revision + 1, updated_at = now(), due_at = null,
    due_class = 3, lease_token = null, lease_until = null
  where id = $1 and revision = 1`;

const PAUSE = `update pause set paused = true, by = 'operator', since = now() where id = 1`;

let database: TestDatabase;
let db: Database;
let firstOnly: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(database.connectionString, () => {});
  firstOnly = await mkdtemp(join(tmpdir(), 'payout-first-'));
  const [first] = await namesOfMigrations();
  await copyFile(join(MIGRATIONS, first ?? ''), join(firstOnly, first ?? ''));
  await database.query('drop schema public cascade');
  await database.query('create schema public');
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(firstOnly, { recursive: true });
});

const namesOfMigrations = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).toSorted();

/** The memory of a new payout, to the letter as the first version wrote it. */
function firstMemory(now: number): object {
  const attempts = { open: null, made: 0, endedAt: null, settledAt: null, notSentInARow: 0 };
  return {
    check: { ...attempts, begunAt: null, refusedLookups: null },
    pay: { ...attempts, turnedAway: false },
    reply: null,
    equal: null,
    approvedBeforePay: false,
    secondOrderId: null,
    touchedAt: now,
    askAtOnce: false,
    asks: 0,
    failedAsks: 0,
    lettersSent: '',
  };
}

/** What a replica of the first version writes in the life of a payout. */
async function workAsFirstVersion(id: string): Promise<void> {
  await database.query(INSERT_PAYOUT, [id, JSON.stringify(firstMemory(Date.now()))]);
  await database.query(INSERT_EVENT, [id]);
  await database.query(INSERT_CALLBACK, [id]);
  await database.query(SAVE, [id]);
  await database.query(PAUSE);
}

const statusOf = async (id: string): Promise<string | undefined> =>
  (await findPayout(db, id))?.payout.status;

describe('the first version', () => {
  test('leaves rows that later migrations keep and the newest version reads', async () => {
    await migrate(database.connectionString, { migrations: firstOnly });
    await workAsFirstVersion('po_before');

    await migrate(database.connectionString);

    expect(await statusOf('po_before')).toBe('declined');
  });

  test('goes on working while the newest schema is already there', async () => {
    await workAsFirstVersion('po_meanwhile');

    expect(await statusOf('po_meanwhile')).toBe('declined');
    const events = await database.query(`select 1 from payout_events where payout_id = $1`, [
      'po_meanwhile',
    ]);
    expect(events).toHaveLength(1);
  });
});

test('no statement reads all columns of a table, since one may be added under it', async () => {
  const sources = await readdir(SOURCES, { recursive: true });
  // What a statement itself has made, from JSON or as a part of its own, is as wide as it says.
  const all = /[\s,]\w+\.\*[\s,`']|\bselect \*\s+from (?!jsonb_|taken\b|\()/;
  const reading: string[] = [];
  for (const path of sources.filter((name) => name.endsWith('.ts'))) {
    if (all.test(await readFile(join(SOURCES, path), 'utf8'))) reading.push(path);
  }
  expect(reading).toEqual([]);
});

/** What the version before would trip over. */
const CONTRACTING = [
  /\bdrop\s+(table|column|constraint|index)\b/i,
  /\brename\b/i,
  /\bset\s+not\s+null\b/i,
  /\balter\s+column\s+\w+\s+type\b/i,
];

type Checks = Map<string, readonly string[]>;

/** The lists of values that checks of this file allow, by the name of the constraint. */
const checksIn = (sql: string): Checks =>
  new Map(
    [...sql.matchAll(/constraint (\w+)\s+check \(\w+ in \(([^)]*)\)\)/g)].map(
      ([, name = '', list = '']) => [name, [...list.matchAll(/'(\w+)'/g)].map(([value]) => value)],
    ),
  );

/** Without the drops of checks that come back in the same file with every value they allowed. */
const withoutWidenings = (sql: string, before: Checks): string =>
  sql.replace(/^alter table \w+ drop constraint (\w+);$/gm, (drop, name: string) => {
    const allowed = before.get(name);
    const allows = checksIn(sql).get(name);
    const isWider = allowed?.every((value) => allows?.includes(value) === true) === true;
    return isWider ? '' : drop;
  });

test('a check that comes back with fewer values takes something away, one with more does not', () => {
  const before = checksIn(`constraint known check (state in ('a', 'b'))`);
  const changed = (list: string): string =>
    `alter table t drop constraint known;\nalter table t add constraint known\n  check (state in (${list}));`;
  expect(withoutWidenings(changed(`'a', 'b', 'c'`), before)).not.toMatch(/drop/);
  expect(withoutWidenings(changed(`'a', 'c'`), before)).toMatch(/drop/);
  expect(withoutWidenings('alter table t drop constraint known;', before)).toMatch(/drop/);
});

test('no migration takes anything away, unless it says since when it is unused', async () => {
  const names = await namesOfMigrations();
  const taking: string[] = [];
  const checks: Checks = new Map();
  for (const [index, name] of names.entries()) {
    const sql = await readFile(join(MIGRATIONS, name), 'utf8');
    const remaining = withoutWidenings(sql, checks);
    const takes = index > 0 && CONTRACTING.some((pattern) => pattern.test(remaining));
    if (takes && !/^-- Contracts: unused since /m.test(sql)) taking.push(name);
    for (const [constraint, values] of checksIn(sql)) checks.set(constraint, values);
  }
  expect(taking).toEqual([]);
});
